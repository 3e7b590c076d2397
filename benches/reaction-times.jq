# From the moment when the cluster showed something to the moment when boathook acted on it: `KIND ms-until-recorded ms-until-in-the-cluster`.
# $service and $pods are what the sandbox, or a watch, tells of changes, $records what boathook tells of the deployment; $kind says what is looked for.
# A watch beside boathook's may see a change later than boathook does, which then took no time.

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

# The steps that were taken, with their times.
def steps:
  reduce records as $record ([];
    if $record.event.type == "step_started" then . + [{step: $record.event.step, began: ($record.at | ms)}]
    elif ($record.event.type | IN("step_ended", "step_failed")) and last.ended == null then last.ended = ($record.at | ms)
    else . end);

# Since this moment: the next patch of boathook, which is on record before kubectl starts, and the next generation, which is its effect.
def patch_after($at): next(records | select(.event.type == "command_started" and .event.argv[1] == "patch"); $at);
def change_after($at):
  ([service | select(.at | ms <= $at)] | last.object.metadata.generation) as $before
  | next(service | select(.object.metadata.generation > $before); $at);

# How long until the first patch after this moment of boathook's own record.
def acted($decided):
  . as $at
  | patch_after($decided) as $patch
  | [$patch, change_after($patch)] | map(if . == null then "" else [. - $at, 0] | max end)[];

def went_back: acted([records | select(.event.type == "step_failed").at | ms][0]);

def candidate: [records.event | .finding?, .findings[]? | objects | select(.finding == "candidate").is.name][0];
def ready: [service | select(is_ready and .object.status.latestReadyRevisionName == candidate)][0].at | ms;
# Not `is_observed`: Knative observes no generation whose revision failed.
def failed: [service | select(status("ConfigurationsReady") == "False")][0].at | ms;
def has_crashed: any(.object.status.containerStatuses[]? | .state.terminated?, .lastState.terminated? | objects; .exitCode != 0);
def crashed: [$pods[0][] | select(has_crashed)][0].at | ms;

# For each step that waits for traffic: how long after status first showed what it asked for it ended. What was asked for before may be seen,
# as shown, after the step began: the step's own patch made a generation, which is on record.
def shown:
  def targets: map([.revisionName, .percent // 0, .tag]);
  ([service | select(is_ready and (.object.spec.traffic | targets) == (.object.status.traffic | targets))]
    | map({at: (.at | ms), generation: .object.metadata.generation})) as $moments
  | steps[] | select(.step | IN("tag_candidate", "shift_traffic", "pin_traffic")) | select(.ended != null) as $wait
  | [records | select((.at | ms) as $at | $at >= $wait.began and $at <= $wait.ended) | .event
      | .finding?, .findings[]? | objects | select(.finding == "generation").is] as $made
  | [$moments[] | select(.generation == $made[-1]).at][0] // empty
  | [$wait.ended - ., 0] | max;

if $kind == "ready" then [$kind, (ready | acted([steps[] | select(.step == "await_ready").ended][0]))]
elif $kind == "service failed" then [$kind, (failed | went_back)]
elif $kind == "traffic shown" then shown | [$kind, .]
else [$kind, (crashed | went_back)] end
| @tsv
