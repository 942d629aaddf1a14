//! What has been found out about declarations, so that it is found out once.

use std::cell::{Cell, RefCell};
use std::hash::Hash;
use std::rc::Rc;

use super::asked::Asked;
use super::effects::{Effects, Operand};
use super::fresh::Fresh;
use super::into::{Fate, Question};
use super::parts::Part;
use super::types::{Places, Type};
use crate::hash::Table;
use crate::parse::NodeId;
use crate::world::Place;

/// How many functions are read for a site. What is proved takes far fewer: of some two hundred sites of real programs that
/// are safe, none takes more than 155.
const MOST_FOR_A_SITE: u32 = 300;

/// How many are read for the sites of one file together, before each has to make do with the least.
const MOST_FOR_A_FILE: u32 = 20_000;

/// How many are read for a site, whatever the ones before it led to.
const LEAST_FOR_A_SITE: u32 = 30;

/// What is said of a function for which the budget did not last.
pub(super) const SPENT: &str = "leads to more functions than are read";

/// Nodes of one function.
type Nodes = Rc<[NodeId]>;

/// Some fields of structures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Fields(u32);

/// Answers about declarations.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    /// The sets of fields that were asked for, each in order.
    fields: RefCell<Vec<Rc<[Place]>>>,
    types: RefCell<Table<Place, Type>>,
    /// The types of calls and selectors, by how far declarations may still be followed: of a chain of them, each is
    /// asked for more than once by the next one.
    expressions: RefCell<Table<(Place, usize), Type>>,
    /// The methods that may stand behind one that an interface asks for.
    behind: RefCell<Table<Place, Vec<Places>>>,
    /// The nodes of a function that ask for something, in order.
    asking: RefCell<Table<(Place, Asked), Nodes>>,
    pub(super) budget: Budget,
    /// What a function does as a cleanup.
    pub(super) effects: Answers<Place, Effects>,
    /// What becomes of a value that a function gets.
    pub(super) fates: Answers<Question, Fate>,
    /// Whether a result of a function is a new value.
    pub(super) fresh: Answers<(Place, usize, bool), Fresh>,
    /// Whether a field of such a result is one.
    pub(super) parts: Answers<(Place, usize, Part), Fresh>,
    /// Where the values come from that a function gives a field of an operand.
    pub(super) sets: Answers<(Place, Operand, Part), Fresh>,
    /// The fields in which a function gives back what it puts into some.
    pub(super) given: Answers<(Place, Fields), Option<Fields>>,
}

/// How many functions may still be read.
#[derive(Debug)]
pub(super) struct Budget {
    for_site: Cell<u32>,
    for_file: Cell<u32>,
    /// A function was to be read since the last renewal, and was not.
    spent: Cell<bool>,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            for_site: Cell::new(MOST_FOR_A_SITE),
            for_file: Cell::new(MOST_FOR_A_FILE),
            spent: Cell::new(false),
        }
    }
}

impl Budget {
    /// Another site is about to be judged, or another pass to ask.
    pub(super) fn renew(&self) {
        self.for_site.set(self.for_file.get().clamp(LEAST_FOR_A_SITE, MOST_FOR_A_SITE));
        self.spent.set(false);
    }

    /// Counts a function that is about to be read. False once too many have been.
    pub(super) fn allows_one_more(&self) -> bool {
        let Some(left) = self.for_site.get().checked_sub(1) else {
            self.spent.set(true);
            return false;
        };
        self.for_site.set(left);
        self.for_file.set(self.for_file.get().saturating_sub(1));
        true
    }
}

impl Memo {
    /// The type that a spec declares. While it is being found out, a type that mentions itself is unknown to itself.
    pub(super) fn type_of(&self, spec: Place) -> Option<Type> {
        let mut types = self.types.borrow_mut();
        let known = types.get(&spec).copied();
        if known.is_none() {
            types.insert(spec, Type::Unknown);
        }
        known
    }

    /// The type of a call or selector, found out by `find` the first time.
    pub(super) fn type_of_chain(&self, at: (Place, usize), find: impl FnOnce() -> Type) -> Type {
        if let Some(&known) = self.expressions.borrow().get(&at) {
            return known;
        }
        let of = find();
        self.expressions.borrow_mut().insert(at, of);
        of
    }

    /// What may stand behind the method of an interface, found out by `find` the first time.
    pub(super) fn behind(&self, method: Place, find: impl FnOnce() -> Vec<Places>) -> Vec<Places> {
        if let Some(known) = self.behind.borrow().get(&method) {
            return known.clone();
        }
        let found = find();
        self.behind.borrow_mut().insert(method, found.clone());
        found
    }

    /// The nodes of a function that ask for something, found out by `find` the first time.
    pub(super) fn asking(&self, question: (Place, Asked), find: impl FnOnce() -> Nodes) -> Nodes {
        if let Some(known) = self.asking.borrow().get(&question) {
            return Rc::clone(known);
        }
        let found = find();
        self.asking.borrow_mut().insert(question, Rc::clone(&found));
        found
    }

    /// The set of these fields.
    pub(super) fn fields(&self, mut places: Vec<Place>) -> Fields {
        places.sort_unstable();
        places.dedup();
        let mut all = self.fields.borrow_mut();
        let index = all.iter().position(|known| **known == *places).unwrap_or_else(|| {
            all.push(places.into());
            all.len() - 1
        });
        Fields(index as u32)
    }

    /// The fields of a set, in order.
    pub(super) fn places(&self, fields: Fields) -> Rc<[Place]> {
        Rc::clone(&self.fields.borrow()[fields.0 as usize])
    }

    /// The fields of both sets, where there are two.
    pub(super) fn either(&self, one: Option<Fields>, other: Option<Fields>) -> Option<Fields> {
        let (one, other) = (one?, other?);
        Some(if one == other { one } else { self.fields([self.places(one), self.places(other)].concat()) })
    }

    /// Whether there are two sets, with no field in both.
    pub(super) fn are_apart(&self, one: Option<Fields>, other: Option<Fields>) -> bool {
        let (Some(one), Some(other)) = (one, other) else { return false };
        let (one, other) = (self.places(one), self.places(other));
        !one.iter().any(|field| other.contains(field))
    }

    pub(super) fn note_type(&self, spec: Place, of: Type) {
        self.types.borrow_mut().insert(spec, of);
    }
}

/// Answers to one kind of question about functions that may call each other.
///
/// A question that is asked again while its answer is being found out has the answer that adds nothing: a function that
/// calls itself does nothing more the second time. What was found out by means of such an answer holds only together
/// with the question that it was given to, and is not kept before that one is answered.
#[derive(Debug)]
pub(super) struct Answers<Q, A> {
    state: RefCell<State<Q, A>>,
}

#[derive(Debug)]
struct State<Q, A> {
    known: Table<Q, A>,
    open: Vec<Q>,
    /// The outermost open question that an answer was made up for since it was asked.
    lowest: usize,
}

impl<Q, A> Default for Answers<Q, A> {
    fn default() -> Self {
        Answers {
            state: RefCell::new(State { known: Table::default(), open: Vec::new(), lowest: usize::MAX }),
        }
    }
}

impl<Q: Copy + Eq + Hash, A: Clone> Answers<Q, A> {
    /// The answer to a question: known, made up by `nothing` where the question is open, or found out by `find`. What was
    /// found out when the budget was spent is not kept: the next site may read on.
    pub(super) fn get(
        &self,
        budget: &Budget,
        question: Q,
        nothing: impl Fn() -> A,
        find: impl Fn() -> A,
    ) -> A {
        let index = {
            let mut state = self.state.borrow_mut();
            if let Some(known) = state.known.get(&question) {
                return known.clone();
            }
            if let Some(at) = state.open.iter().position(|&open| open == question) {
                state.lowest = state.lowest.min(at);
                return nothing();
            }
            state.open.push(question);
            state.open.len() - 1
        };
        let answer = find();
        let mut state = self.state.borrow_mut();
        state.open.pop();
        if state.lowest >= index {
            state.lowest = usize::MAX;
            if !budget.spent.get() {
                state.known.insert(question, answer.clone());
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Functions that call each other, as lists of callees; an answer is the set of all that are reached.
    fn reach(calls: &[&[usize]], answers: &Answers<usize, Vec<usize>>, at: usize) -> Vec<usize> {
        answers.get(&Budget::default(), at, Vec::new, || {
            let mut all = vec![at];
            for &callee in calls[at] {
                all.extend(reach(calls, answers, callee));
            }
            all.sort_unstable();
            all.dedup();
            all
        })
    }

    #[test]
    fn functions_that_call_each_other_have_whole_answers_in_any_order() {
        let calls: &[&[usize]] = &[&[1], &[2], &[0, 3], &[]];
        let answers = Answers::default();
        for at in [0, 2, 1, 3] {
            let expected: &[usize] = if at == 3 { &[3] } else { &[0, 1, 2, 3] };
            assert_eq!(reach(calls, &answers, at), expected, "from {at}");
        }
    }

    fn read_until_spent(budget: &Budget) -> u32 {
        budget.renew();
        (0..MOST_FOR_A_FILE).take_while(|_| budget.allows_one_more()).count() as u32
    }

    #[test]
    fn each_site_has_a_budget_and_keeps_the_least_when_the_file_has_spent_its_own() {
        let budget = Budget::default();
        let sites = MOST_FOR_A_FILE / MOST_FOR_A_SITE;
        assert!((0..sites).all(|_| read_until_spent(&budget) == MOST_FOR_A_SITE));
        assert_eq!(read_until_spent(&budget), MOST_FOR_A_FILE % MOST_FOR_A_SITE);
        assert_eq!([read_until_spent(&budget), read_until_spent(&budget)], [LEAST_FOR_A_SITE; 2]);
    }

    #[test]
    fn what_was_cut_short_is_asked_again() {
        let (budget, answers) = (Budget::default(), Answers::default());
        let ask = || answers.get(&budget, 0, || None, || budget.allows_one_more().then_some("read"));
        read_until_spent(&budget);
        assert_eq!(ask(), None);
        budget.renew();
        assert_eq!(ask(), Some("read"));
        read_until_spent(&budget);
        assert_eq!(ask(), Some("read"), "what is known stays known");
    }
}
