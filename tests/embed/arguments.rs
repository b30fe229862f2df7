//! What stands between the parentheses of `embed!`, and what the compiler says when it is wrong.

/// `TRYBUILD=overwrite` writes the expected messages anew.
#[test]
fn a_wrong_argument_is_a_compile_error_at_its_place() {
    trybuild::TestCases::new().compile_fail("fixtures/embed/*.rs");
}
