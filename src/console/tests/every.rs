//! Every value of an enum, in a list that does not compile while one is missing.

/// `every!(Place: Fleet, Logs)` is an array of these; the match beside it knows whether they are all.
macro_rules! every {
    ($kind:ident: $($variant:ident $(($($of:tt)*))?),+ $(,)?) => {{
        // Called by nobody: that it compiles is the check.
        let _complete = |one: $kind| match one {
            $($kind::$variant { .. } => (),)+
        };
        [$($kind::$variant $(($($of)*))?),+]
    }};
}
pub(super) use every;
