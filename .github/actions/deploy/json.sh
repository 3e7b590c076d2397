# shellcheck shell=bash
# JSON in bash alone: texts are written as JSON strings, and a JSON text is read into an array of paths. Sourced by deploy.sh, never run.

declare -A json
rest=''

# quoted TEXT: as a JSON string, in REPLY.
quoted() {
  local text=$1 code character
  text=${text//\\/\\\\}
  text=${text//\"/\\\"}
  for ((code = 1; code < 32; code++)); do
    [[ $text == *[[:cntrl:]]* ]] || break
    printf -v character '\\x%02x' "$code"
    printf -v character %b "$character"
    printf -v REPLY '\\u%04x' "$code"
    text=${text//"$character"/"$REPLY"}
  done
  REPLY="\"$text\""
}

# parse TEXT: fills `json`, such as json[.steps.0.title]; what is null is left out. Fails where the text is no JSON.
parse() {
  json=() rest=$1
  value '' 0 && blanks && [[ -z $rest ]]
}

# value PATH DEPTH: the value that `rest` begins with, in `json` under its path.
value() {
  local path=$1 depth=$(($2 + 1)) word
  [[ $depth -lt 20 ]] || return 1
  blanks
  case $rest in
    '{'*) members "$path" '{' '}' "$depth" ;;
    '['*) members "$path" '[' ']' "$depth" ;;
    \"*) string && json[$path]=$REPLY ;;
    *)
      word=${rest%%[],\}[:space:]]*}
      rest=${rest:${#word}}
      [[ $word =~ ^(true|false|null|-?[0-9][-+.0-9eE]*)$ ]] || return 1
      if [[ $word != null ]]; then json[$path]=$word; fi
      ;;
  esac
}

# members PATH OPEN CLOSE DEPTH: what stands between brackets.
members() {
  local path=$1 open=$2 close=$3 depth=$4 index=0 name
  rest=${rest:1}
  blanks
  if [[ $rest == "$close"* ]]; then rest=${rest:1}; return; fi
  while :; do
    name=$index
    if [[ $open == '{' ]]; then
      member_name || return
      name=$REPLY
    fi
    value "$path.$name" "$depth" || return
    index=$((index + 1))
    blanks
    case $rest in
      ,*) rest=${rest:1} ;;
      "$close"*) rest=${rest:1}; return ;;
      *) return 1 ;;
    esac
  done
}

# member_name: a name and its colon; the name in REPLY.
member_name() {
  blanks
  [[ $rest == \"* ]] && string || return
  blanks
  [[ $rest == :* ]] || return
  rest=${rest:1}
}

# string: the text of the string that `rest` begins with, in REPLY.
string() {
  local part text=''
  rest=${rest:1}
  while [[ -n $rest ]]; do
    part=${rest%%[\"\\]*}
    text+=$part
    rest=${rest:${#part}}
    case $rest in
      \"*) rest=${rest:1} REPLY=$text; return ;;
      \\n*) text+=$'\n' rest=${rest:2} ;;
      \\[bfrt]*) text+=' ' rest=${rest:2} ;;
      \\u00[2-7]*) printf -v part %b "\\x${rest:4:2}"; text+=$part rest=${rest:6} ;;
      \\u*) text+='?' rest=${rest:6} ;;
      *) text+=${rest:1:1} rest=${rest:2} ;;
    esac
  done
  return 1
}

blanks() { rest=${rest#"${rest%%[![:space:]]*}"}; }
