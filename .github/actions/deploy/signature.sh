# shellcheck shell=bash
# HMAC-SHA256 from two plain hashes: openssl takes a key only as an argument, where every user of the machine could read it.
# Sourced by deploy.sh, never run.

# take_key SECRET: as a block of 64 bytes, in hex, in `key`. A line break at the end does not count, as for the receiver.
take_key() {
  local secret=$1 at code
  secret=${secret%$'\n'}
  secret=${secret%$'\r'}
  key=''
  if [[ ${#secret} -gt 64 ]]; then
    key=$(printf %s "$secret" | sha256)
  else
    for ((at = 0; at < ${#secret}; at++)); do
      printf -v code %d "'${secret:at:1}"
      printf -v code %02x $((code & 255))
      key+=$code
    done
  fi
  while [[ ${#key} -lt 128 ]]; do key+=00; done
}

# sign TEXT: what stands in the signature's header, in `signature`.
sign() {
  local inner at
  pad 0x36
  inner=$({ printf %b "$REPLY"; printf %s "$1"; } | sha256)
  pad 0x5c
  for ((at = 0; at < 64; at += 2)); do REPLY+="\\x${inner:at:2}"; done
  signature=sha256=$(printf %b "$REPLY" | sha256)
}

# pad NUMBER: the key's block, each byte changed by the number, as escapes for printf in REPLY.
pad() {
  local at byte
  REPLY=''
  for ((at = 0; at < 128; at += 2)); do
    printf -v byte '\\x%02x' $((16#${key:at:2} ^ $1))
    REPLY+=$byte
  done
}

# sha256: the hash of standard input, in hex.
sha256() {
  local digest
  digest=$(openssl dgst -sha256 -r)
  printf %s "${digest%% *}"
}
