# From the moment when the cluster showed something to the moment when boathook acted on it: `KIND ms-until-recorded ms-until-in-the-cluster`.
# $service and $pods are what the sandbox, or a watch, tells of changes, $records what boathook tells of the deployment; $kind says what is looked for.

def ms:
  capture("^(?<whole>[^.Z]+)(?<fraction>[.][0-9]+)?Z$")
  | (.whole + "Z" | fromdateiso8601) * 1000 + ("0" + (.fraction // "") | tonumber) * 1000;

def records: $records[0][];
def service: $service[0][];
def status($type): .object.status.conditions // [] | map(select(.type == $type).status)[0];
def is_observed: .object != null and .object.status.observedGeneration == .object.metadata.generation;
def is_ready: is_observed and status("Ready") == "True";

# The time of the first of these at or after a moment.
def next(list; $at): [list | .at | ms | select(. >= $at)][0];

# Since this moment: the next patch of boathook, which is on record before kubectl starts, and the next generation, which is its effect.
def patch_after($at): next(records | select(.event.type == "command_started" and .event.argv[1] == "patch"); $at);
def change_after($at):
  ([service | select(.at | ms <= $at)] | last.object.metadata.generation) as $before
  | next(service | select(.object.metadata.generation > $before); $at);
def acted: . as $at | patch_after($at) - $at, change_after($at) - $at;

# The same for a way back, which may have begun before the service showed why: boathook looks at the revision too.
def went_back:
  . as $at
  | ([records | select(.event.type == "step_failed").at | ms][0] | patch_after(.)) as $back
  | [$back, change_after($back)] | map([. - $at, 0] | max)[];

def candidate: [records.event | .finding?, .findings[]? | objects | select(.finding == "candidate").is.name][0];
def ready: [service | select(is_ready and .object.status.latestReadyRevisionName == candidate)][0].at | ms;
# Not `is_observed`: Knative observes no generation whose revision failed.
def failed: [service | select(status("ConfigurationsReady") == "False")][0].at | ms;
def has_crashed: any(.object.status.containerStatuses[]? | .state.terminated?, .lastState.terminated? | objects; .exitCode != 0);
def crashed: [$pods[0][] | select(has_crashed)][0].at | ms;

# Each moment at which status first shows the traffic that spec asks for, while a step waits for that.
def shown:
  def targets: map([.revisionName, .percent // 0, .tag]);
  [service | select(is_ready and (.object.spec.traffic | targets) == (.object.status.traffic | targets))]
  | unique_by(.object.metadata.generation)[].at | ms
  | . as $at
  | select([records | select(.event.type == "step_started" and (.at | ms) <= $at).event.step] | last | IN("tag_candidate", "shift_traffic", "pin_traffic"));

if $kind == "ready" then [$kind, (ready | acted)]
elif $kind == "service failed" then [$kind, (failed | went_back)]
elif $kind == "traffic shown" then shown | [$kind, next(records | select(.event.type == "step_ended"); .) - .]
else [$kind, (crashed | acted)] end
| @tsv
