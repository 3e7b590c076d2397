//! The annotations by which a revision is scaled.

use serde_json::Value;

use crate::admission::{
    field_errors::FieldErrors,
    go_duration::{self, Nanos, SECOND},
    validate::annotations::first,
};

const KPA: &str = "kpa.autoscaling.knative.dev";
const HPA: &str = "hpa.autoscaling.knative.dev";
const MIN_SCALE: &str = "autoscaling.knative.dev/min-scale";
const MAX_SCALE: &str = "autoscaling.knative.dev/max-scale";
const PRECISION: &str = "must be specified with at most second precision";
const HOUR: Nanos = 3600 * SECOND;

pub(super) fn check(annotated: &Value) -> FieldErrors {
    let class = first(annotated, &["autoscaling.knative.dev/class"]);
    FieldErrors::all([
        class_is_known(class),
        scales(annotated),
        numbers(annotated),
        durations(annotated),
        metric(annotated, class.map_or(KPA, |(_, class)| class)),
        algorithm(annotated, class),
        initial_scale(annotated),
    ])
}

fn class_is_known(class: Option<(&str, &str)>) -> FieldErrors {
    match class {
        Some((key, class)) if class.ends_with(".knative.dev") && class != KPA && class != HPA => {
            FieldErrors::invalid(class, key)
        }
        _ => FieldErrors::none(),
    }
}

/// A count of pods, and what is wrong with it.
fn count(annotated: &Value, spellings: &[&str]) -> (i32, FieldErrors) {
    let Some((key, text)) = first(annotated, spellings) else { return (0, FieldErrors::none()) };
    match text.parse::<i64>().map(i32::try_from) {
        Ok(Ok(count)) if count >= 0 => (count, FieldErrors::none()),
        Ok(_) => (0, FieldErrors::out_of_bounds(text, 0, i32::MAX, key)),
        Err(_) => (0, FieldErrors::invalid(text, key)),
    }
}

fn scales(annotated: &Value) -> FieldErrors {
    let (least, mut found) = count(annotated, &[MIN_SCALE, "autoscaling.knative.dev/minScale"]);
    let (most, wrong) = count(annotated, &[MAX_SCALE, "autoscaling.knative.dev/maxScale"]);
    found.add(wrong);
    if most != 0 && most < least {
        found.add(FieldErrors::one(
            format!("max-scale={most} is less than min-scale={least}"),
            &[MAX_SCALE, MIN_SCALE],
        ));
    }
    if let Some((key, text)) = first(annotated, &["autoscaling.knative.dev/activation-scale"]) {
        found.add(
            activation_scale(text, least, most)
                .map_or_else(FieldErrors::none, |why| FieldErrors::one(why, &[key])),
        );
    }
    found
}

fn activation_scale(text: &str, least: i32, most: i32) -> Option<String> {
    match text.parse::<i32>() {
        Err(_) => Some(format!("invalid value: {text}")),
        Ok(scale) if least > scale => {
            Some(format!("min-scale={least} is greater than activation-scale={scale}"))
        }
        Ok(scale) if most != 0 && most < scale => {
            Some(format!("max-scale={most} is less than activation-scale={scale}"))
        }
        Ok(scale) if scale < 2 => Some(format!("activation-scale={scale} must be greater than 1")),
        Ok(_) => None,
    }
}

fn numbers(annotated: &Value) -> FieldErrors {
    let between = |spellings: &[&str], low: f64, high: f64| match first(annotated, spellings) {
        Some((key, text)) => match text.parse::<f64>() {
            Err(_) => FieldErrors::invalid(text, key),
            Ok(number) if number < low || number > high => {
                FieldErrors::out_of_bounds(text, low, high, key)
            }
            Ok(_) => FieldErrors::none(),
        },
        None => FieldErrors::none(),
    };
    FieldErrors::all([
        between(
            &[
                "autoscaling.knative.dev/panic-window-percentage",
                "autoscaling.knative.dev/panicWindowPercentage",
            ],
            1.0,
            100.0,
        ),
        between(
            &[
                "autoscaling.knative.dev/panic-threshold-percentage",
                "autoscaling.knative.dev/panicThresholdPercentage",
            ],
            110.0,
            1000.0,
        ),
        between(
            &[
                "autoscaling.knative.dev/target-utilization-percentage",
                "autoscaling.knative.dev/targetUtilizationPercentage",
            ],
            1.0,
            100.0,
        ),
        target(annotated),
        burst(annotated),
    ])
}

fn target(annotated: &Value) -> FieldErrors {
    let Some((key, text)) = first(annotated, &["autoscaling.knative.dev/target"]) else {
        return FieldErrors::none();
    };
    match text.parse::<f64>() {
        Err(_) => FieldErrors::invalid(text, key),
        Ok(number) if number < 0.01 => {
            FieldErrors::one(format!("target {text} should be at least 0.01"), &[key])
        }
        Ok(_) => FieldErrors::none(),
    }
}

fn burst(annotated: &Value) -> FieldErrors {
    let spellings = [
        "autoscaling.knative.dev/target-burst-capacity",
        "autoscaling.knative.dev/targetBurstCapacity",
    ];
    let fits = |text: &str| {
        text.parse::<f64>().is_ok_and(|number| number >= 0.0 || (number + 1.0).abs() < f64::EPSILON)
    };
    first(annotated, &spellings)
        .filter(|(_, text)| !fits(text))
        .map_or_else(FieldErrors::none, |(key, text)| FieldErrors::invalid(text, key))
}

fn durations(annotated: &Value) -> FieldErrors {
    let between = |spellings: &[&str], (low, shown): (Nanos, &str), to_the_second: bool| match first(
        annotated, spellings,
    ) {
        Some((key, text)) => match go_duration::parse(text) {
            None => FieldErrors::invalid(text, key),
            Some(nanos) if nanos < low || nanos > HOUR => {
                FieldErrors::out_of_bounds(text, shown, "1h0m0s", key)
            }
            Some(nanos) if to_the_second && nanos % SECOND != 0 => {
                FieldErrors::one(PRECISION, &[key])
            }
            Some(_) => FieldErrors::none(),
        },
        None => FieldErrors::none(),
    };
    let retention = [
        "autoscaling.knative.dev/scale-to-zero-pod-retention-period",
        "autoscaling.knative.dev/scaleToZeroPodRetentionPeriod",
    ];
    FieldErrors::all([
        between(&["autoscaling.knative.dev/window"], (6 * SECOND, "6s"), true),
        between(&retention, (0, "0s"), false),
        between(
            &["autoscaling.knative.dev/scale-down-delay", "autoscaling.knative.dev/scaleDownDelay"],
            (0, "0s"),
            true,
        ),
    ])
}

fn metric(annotated: &Value, class: &str) -> FieldErrors {
    let Some((key, metric)) = first(annotated, &["autoscaling.knative.dev/metric"]) else {
        return FieldErrors::none();
    };
    let known = match class {
        KPA => metric == "concurrency" || metric == "rps",
        HPA => !metric.is_empty(),
        _ => true,
    };
    if known { FieldErrors::none() } else { FieldErrors::invalid(metric, key) }
}

fn algorithm(annotated: &Value, class: Option<(&str, &str)>) -> FieldErrors {
    let spellings = [
        "autoscaling.knative.dev/metric-aggregation-algorithm",
        "autoscaling.knative.dev/metricAggregationAlgorithm",
    ];
    let known = ["", "linear", "weighted_exponential", "weightedExponential"];
    first(annotated, &spellings)
        .filter(|(_, name)| class.is_some_and(|(_, class)| class == KPA) && !known.contains(name))
        .map_or_else(FieldErrors::none, |(key, name)| FieldErrors::invalid(name, key))
}

fn initial_scale(annotated: &Value) -> FieldErrors {
    let Some((key, text)) = first(
        annotated,
        &["autoscaling.knative.dev/initial-scale", "autoscaling.knative.dev/initialScale"],
    ) else {
        return FieldErrors::none();
    };
    match text.parse::<i64>() {
        Err(_) => FieldErrors::invalid(text, key),
        Ok(scale) if scale < 0 => {
            FieldErrors::invalid(text, &format!("{key} must be greater than 0"))
        }
        Ok(0) => FieldErrors::invalid(text, &format!("{key}=0 not allowed by cluster")),
        Ok(_) => FieldErrors::none(),
    }
}
