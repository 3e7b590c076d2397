//! The specification of what needs no I/O: which failures pass, when a service is healthy, and what
//! names one image or environment.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod as_applied;
mod deploy_windows;
mod durations;
mod environments;
mod failure_classes;
mod health_verdicts;
mod image_repositories;
mod loopback;
mod metric_answers;
mod metric_verdicts;
mod proof;
mod similar_words;
