//! Quantities as Kubernetes writes them, such as `500m`, `2Gi` or `1e3`.
//!
//! Our own: the crate for it (`kube_quantity`) brings all types of `k8s-openapi`.

/// The suffixes, those of two letters first, and their factors
/// (`k8s.io/apimachinery/pkg/api/resource`).
const SUFFIXES: [(&str, f64); 15] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

/// The number that the quantity stands for; none if it is no quantity.
pub(super) fn parse(quantity: &str) -> Option<f64> {
    let suffix = SUFFIXES
        .iter()
        .find_map(|(suffix, factor)| Some((quantity.strip_suffix(suffix)?, *factor)));
    let (number, factor) = suffix.unwrap_or((quantity, 1.0));
    number.parse::<f64>().ok().filter(|number| number.is_finite()).map(|number| number * factor)
}
