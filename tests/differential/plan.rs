//! The combinations of row, loop form and result list that the generator aims at, one function after the other.

use crate::ast::{Form, List};

/// What one function is made to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Plan {
    pub(crate) row: usize,
    pub(crate) form: Form,
    pub(crate) list: List,
}

/// The result lists that a row can have.
pub(crate) fn lists(row: usize) -> &'static [List] {
    match row {
        2 => &[List::None],
        3 => &[List::Error, List::IntError, List::ResError],
        4 => &[List::Named],
        5 => &[
            List::Error,
            List::Int,
            List::IntError,
            List::ResError,
            List::Generic,
            List::NamedShadowed,
            List::NamedBlank,
        ],
        6 => &[List::Error, List::Int, List::IntError, List::ResError, List::Generic, List::NamedBlank],
        _ => &List::ALL,
    }
}

/// Every possible combination.
pub(crate) fn plans() -> Vec<Plan> {
    let mut plans = Vec::new();
    for form in Form::ALL {
        for row in 1..=8 {
            plans.extend(lists(row).iter().map(|&list| Plan { row, form, list }));
        }
    }
    plans
}
