# One case of time-to-cause.sh: the kind, the seconds until the record says the cause, and until the deployment ended; then what is wrong with it.
# A watch beside boathook's may see the cause later than boathook does, which then took no time.

def ms:
  capture("^(?<whole>[^.Z]+)(?<fraction>[.][0-9]+)?Z$")
  | (.whole + "Z" | fromdateiso8601) * 1000 + ("0" + (.fraction // "") | tonumber) * 1000;

# What happened to the service, and to the new revision, its pods and replica sets. Those of an earlier case may still be ending, and may have
# had the same revision's name.
def is_new: .object.metadata.creationTimestamp >= $records[0][0].at[:19];
def says: gsub("\\\\"; "") | contains($pattern | gsub("\\\\"; ""));
($answer.candidate // "") as $candidate
| ([$records[0][].event | .finding?, .findings[]? | objects | select(.finding == "candidate").is.uid][0]) as $uid
| ([$changes[0][]
  | select(.object.kind == "Pod" and is_new)
  | select((.object.metadata.labels["serving.knative.dev/revisionUID"] // $uid) == $uid).name] | unique) as $new_pods
| def is_its_own:
  .object.involvedObject as $about
  | ($about.name // .name) as $name
  | .object.kind == "Service"
    or (is_new and (($about.kind // .object.kind) != "Pod" or ($new_pods | index($name) != null))
      and ($candidate == "" or $name == $candidate or ($name | startswith($candidate + "-"))));

# What tells that something is wrong: a container that waits for a reason or has ended, one that runs unready, a warning.
def tells:
  .object as $object
  | (any($object.status.containerStatuses[]?; (.state.waiting.reason // "ContainerCreating" | . != "ContainerCreating") or .state.terminated != null))
    or (any($object.status.conditions[]?; .reason | IN("Unschedulable", "NotOwned")))
    or ($object.type == "Warning" and ($object.reason | IN("FailedMount", "FailedCreate", "InternalError", "Failed", "Unhealthy")));

([$changes[0][] | select(.object != null and is_its_own and tells).at | ms] | min) as $shown
| ([$records[0][] | select((.event.type | IN("step_learned", "step_failed")) and (.event | tojson | says)).at | ms] | min) as $reported
| ([$records[0][] | select(.event.type == "step_failed").at | ms] | min) as $ended
| def seconds: if . == null or $shown == null then "-" else ([. - $shown, 0] | max / 100 | round / 10 | tostring) end;
  def problem:
    if $reported == null or ($answer.reason // "" | says | not) then "ended \($answer.status), and what was to be named is \($pattern): \($answer.reason)"
    elif $shown == null then "nothing in the cluster told the cause, so how soon it was reported is unknown"
    elif $reported - $shown > $limit * 1000 then "reported after \($reported | seconds) s"
    else empty end;
  [$kind, ($reported | seconds), ($ended | seconds), $answer.status]
| "\(.[0] + " " * (28 - (.[0] | length))) \(.[1] | (" " * (8 - length)) + .) \(.[2] | (" " * (8 - length)) + .)  \(.[3])", (problem | "BAD \($kind): \(.)")
