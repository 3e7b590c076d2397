//! Names of environments: which there may be, and what a name or an alias means.

use boathook_core::deployment::{Environment, Environments, NamedEnvironment};
use expect_test::expect;
use proptest::{prop_assert_eq, proptest};
use regex::Regex;

fn named(name: &str) -> Environment {
    name.parse().unwrap()
}

fn environments(all: &[(&str, &[&str])]) -> Environments {
    let one = |(name, aliases): &(&str, &[&str])| NamedEnvironment {
        name: named(name),
        aliases: aliases.iter().map(|alias| named(alias)).collect(),
    };
    Environments::new(all.iter().map(one).collect())
}

#[test]
fn a_name_is_up_to_40_letters_digits_and_dashes_with_no_dash_at_an_end() {
    let longest = format!("a{}9", "-".repeat(38));
    for name in ["a", "7", "qa", "production-eu", "a--b", &longest] {
        assert_eq!(named(name).to_string(), name);
    }
    let too_long = "a".repeat(41);
    for name in ["", "-", "-qa", "qa-", "Qa", "q_a", "q.a", "q a", "../qa", "qä", &too_long] {
        assert_eq!(Environment::of(name), None, "{name}");
    }
    expect![
        "`Production` cannot be the name of an environment, which is 1 to 40 of a-z, 0-9 and `-`, \
         with a letter or digit at both ends"
    ]
    .assert_eq(&"Production".parse::<Environment>().unwrap_err().to_string());
}

#[test]
fn a_name_is_recorded_as_its_text() {
    assert_eq!(serde_json::to_string(&named("staging")).unwrap(), r#""staging""#);
    assert_eq!(serde_json::from_str::<Environment>(r#""staging""#).unwrap(), named("staging"));
    expect![[r#"
        invalid value: string "Staging", expected the name of an environment (1 to 40 of a-z, 0-9 and `-`, with a letter or digit at both ends) at line 1 column 9
        invalid type: integer `7`, expected the name of an environment (1 to 40 of a-z, 0-9 and `-`, with a letter or digit at both ends) at line 1 column 1"#]]
    .assert_eq(&[r#""Staging""#, "7"].map(|text| serde_json::from_str::<Environment>(text).unwrap_err().to_string()).join("\n"));
}

#[test]
fn a_name_or_an_alias_means_one_environment_and_what_is_neither_is_answered_with_the_names() {
    let all =
        environments(&[("development", &["dev", "d"]), ("qa", &[]), ("production", &["prod"])]);
    let found = |name: &str| match all.find(name) {
        Ok(environment) => environment.to_string(),
        Err(unknown) => unknown.to_string(),
    };
    expect![[r#"
        development
        development
        production
        unknown environment `prd`; known: development, qa, production
        unknown environment `Q\u{1b}A`; known: development, qa, production"#]]
    .assert_eq(&["development", "d", "prod", "prd", "Q\u{1b}A"].map(found).join("\n"));
    expect!["unknown environment `qa`; known: none"]
        .assert_eq(&environments(&[]).find("qa").unwrap_err().to_string());
}

#[test]
fn environments_are_sorted_by_promotion_and_those_that_are_gone_come_last_by_name() {
    let all = environments(&[("qa", &[]), ("live", &[])]);
    let mut names = ["old", "live", "before", "qa"].map(named);
    names.sort_by_key(|name| all.rank(*name));
    assert_eq!(names, ["qa", "live", "before", "old"].map(named));
}

proptest! {
    #[test]
    fn what_the_grammar_says_is_a_name_and_nothing_else(text in "[-a-z0-9A._é]{0,42}") {
        let grammar = Regex::new(r"\A[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?\z").unwrap();
        prop_assert_eq!(Environment::of(&text).is_some(), grammar.is_match(&text));
    }

    #[test]
    fn names_are_ordered_as_their_texts(
        one in "[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?",
        other in "[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?",
    ) {
        prop_assert_eq!(named(&one).cmp(&named(&other)), one.cmp(&other));
        prop_assert_eq!(named(&one).to_string(), one);
    }
}
