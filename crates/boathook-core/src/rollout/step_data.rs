//! What a step says of itself without running.

/// What a step says of itself without running.
pub(super) trait StepData {
    /// Whether starting it may change the service's template or traffic.
    fn changes_service(&self) -> bool {
        false
    }

    /// A short title for people, such as `Shift traffic to 10 %`.
    fn title(&self) -> String;
}
