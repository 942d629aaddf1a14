//! Which form a group of defers gets: the wanted ones in order, then what the engine would pick.

use crate::lifetime::Judgement;
use crate::passes::{PASSES, Pass, Plan, Refusal, Standing};
use crate::verdict::{Form, Safety};
use crate::{Forms, PassedOver};

/// What a pass makes of a group.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) form: Form,
    pub(super) outcome: Result<Terms, Refusal>,
}

/// A rewrite that can be had.
#[derive(Clone, Debug)]
pub(super) struct Terms {
    pub(super) plan: Plan,
    /// Of the plan, of the group's own sites and of those inside.
    pub(super) safety: Safety,
    /// It is unsafe, and the caller accepts all that is unproved.
    pub(super) accepted: bool,
    /// What makes a site unsafe that is safe by itself.
    pub(super) lowered: Option<Judgement>,
}

impl Terms {
    fn reaches(&self, bar: Safety) -> bool {
        self.safety <= bar || self.accepted
    }
}

/// The forms that may come into question, each once.
pub(super) fn candidates(forms: &Forms) -> Vec<Form> {
    let own = PASSES.iter().filter(|pass| pass.standing != Standing::Asked && !forms.only);
    let with_stand_in = |&form: &Form| [Some(form), Pass::of(form).and_then(|pass| pass.stand_in)];
    let listed = forms.list.iter().flat_map(with_stand_in).flatten();
    let mut candidates: Vec<Form> = Vec::new();
    for form in listed.chain(own.map(|pass| pass.form)) {
        if Pass::of(form).is_some() && !candidates.contains(&form) {
            candidates.push(form);
        }
    }
    candidates
}

/// The form that the group gets, and those that were passed over. Nothing fits: the refusal that tells most, or else
/// nothing.
pub(super) fn choose(
    forms: &Forms,
    bar: Safety,
    offers: &[Offer],
) -> Result<(Form, Vec<PassedOver>), Option<Refusal>> {
    let mut search = Search { offers, passed_over: Vec::new() };
    let mut found = None;
    if bar == Safety::Safe {
        found = search.listed(forms, Safety::Safe).or_else(|| search.own(forms, Safety::Safe));
    }
    let found = found
        .or_else(|| search.listed(forms, Safety::Unsafe))
        .or_else(|| search.own(forms, Safety::Safe))
        .or_else(|| search.own(forms, Safety::Unsafe));
    let Some(form) = found else { return Err(search.refusal(forms)) };
    search.passed_over.retain(|passed| passed.form != form);
    Ok((form, search.passed_over))
}

struct Search<'o> {
    offers: &'o [Offer],
    passed_over: Vec<PassedOver>,
}

impl Search<'_> {
    /// The first form of the list that is sound, and safe enough.
    fn listed(&mut self, forms: &Forms, bar: Safety) -> Option<Form> {
        forms.list.iter().find_map(|&form| {
            let other = Pass::of(form).and_then(|pass| pass.stand_in);
            let needed = other.filter(|_| self.must_release(form));
            if needed.is_some() {
                self.fits(form, Safety::Safe, |plan| plan.doubt);
            }
            [needed, Some(form), other].into_iter().flatten().find(|&form| self.fits(form, bar, |_| None))
        })
    }

    /// Whether a panic in between is possible, and likely to be survived.
    fn must_release(&self, form: Form) -> bool {
        let terms = self.offers.iter().find(|offer| offer.form == form);
        let plan = terms.and_then(|offer| offer.outcome.as_ref().ok()).map(|terms| &terms.plan);
        plan.is_some_and(|plan| plan.must_release && plan.doubt.is_some())
    }

    /// What the engine picks where nothing was asked for: a preferred form that adds no doubt, if possible one that
    /// reads well; else the default.
    fn own(&mut self, forms: &Forms, bar: Safety) -> Option<Form> {
        if forms.only {
            return None;
        }
        let doubtless = |plan: &Plan| plan.doubt;
        let fluent = |plan: &Plan| plan.doubt.or(plan.clumsy);
        let standing =
            |wanted| PASSES.iter().filter(move |pass| pass.standing == wanted).map(|pass| pass.form);
        standing(Standing::Preferred)
            .find(|&form| self.fits(form, bar, fluent))
            .or_else(|| standing(Standing::Default).find(|&form| self.fits(form, bar, doubtless)))
            .or_else(|| standing(Standing::Preferred).find(|&form| self.fits(form, bar, doubtless)))
            .or_else(|| standing(Standing::Default).find(|&form| self.fits(form, bar, |_| None)))
    }

    /// Whether the form can be had, is safe enough, and nothing is `against` it. Why not is noted once.
    fn fits(&mut self, form: Form, bar: Safety, against: impl Fn(&Plan) -> Option<Refusal>) -> bool {
        let Some(offer) = self.offers.iter().find(|offer| offer.form == form) else { return false };
        let why = match &offer.outcome {
            Err(refusal) => Some(*refusal),
            Ok(terms) => match against(&terms.plan) {
                None if terms.reaches(bar) => return true,
                None => terms.plan.doubt,
                against => against,
            },
        };
        if let Some(Refusal { reason, at }) = why
            && self.passed_over.iter().all(|passed| passed.form != form)
        {
            self.passed_over.push(PassedOver { form, reason, span: at });
        }
        false
    }

    /// Of several refusals that of the default form, which can do most; else that of the first form asked for.
    fn refusal(&self, forms: &Forms) -> Option<Refusal> {
        let default = PASSES.iter().find(|pass| pass.standing == Standing::Default && !forms.only);
        let form = default.map(|pass| pass.form).or(forms.list.first().copied());
        let offer = self.offers.iter().find(|offer| Some(offer.form) == form).or(self.offers.first());
        offer.and_then(|offer| offer.outcome.as_ref().err().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::Span;
    use crate::verdict::Reason;

    const AT: Span = Span { start: 3, end: 5 };

    fn refused(form: Form) -> Offer {
        Offer { form, outcome: Err(Refusal { reason: Reason::ConditionalDefer, at: AT }) }
    }

    fn offered(form: Form, doubt: Option<Reason>, clumsy: Option<Reason>, safety: Safety) -> Offer {
        let refusal = |reason| Refusal { reason, at: AT };
        let plan = Plan {
            edits: Vec::new(),
            doubt: doubt.map(refusal),
            changes: Vec::new(),
            settles: Vec::new(),
            clumsy: clumsy.map(refusal),
            must_release: doubt == Some(Reason::ExitSkips),
            region: AT,
            labels: false,
            variables: 0,
            declares: None,
            imports: false,
            dropped: Vec::new(),
            exits: Vec::new(),
        };
        Offer { form, outcome: Ok(Terms { plan, safety, accepted: false, lowered: None }) }
    }

    fn safe(form: Form) -> Offer {
        offered(form, None, None, Safety::Safe)
    }

    fn doubted(form: Form) -> Offer {
        offered(form, Some(Reason::PanicSkips), None, Safety::Unsafe)
    }

    /// What is chosen at both bars, and the forms that were passed over.
    fn chosen(list: &[Form], only: bool, offers: &[Offer]) -> [Option<(Form, Vec<Form>)>; 2] {
        let forms = Forms { list: list.to_vec(), only };
        [Safety::Safe, Safety::Unsafe].map(|bar| {
            let (form, passed) = choose(&forms, bar, offers).ok()?;
            Some((form, passed.into_iter().map(|passed| passed.form).collect()))
        })
    }

    fn at_both_bars(form: Form, passed: &[Form]) -> [Option<(Form, Vec<Form>)>; 2] {
        [Some((form, passed.to_vec())), Some((form, passed.to_vec()))]
    }

    use Form::{Closure, Guard, Inline};

    #[test]
    fn auto_prefers_what_reads_well_and_adds_no_doubt() {
        assert_eq!(chosen(&[], false, &[safe(Inline), safe(Closure)]), at_both_bars(Inline, &[]));
        assert_eq!(chosen(&[], false, &[doubted(Inline), safe(Closure)]), at_both_bars(Closure, &[Inline]));
        assert_eq!(chosen(&[], false, &[refused(Inline), safe(Closure)]), at_both_bars(Closure, &[Inline]));
        let clumsy = offered(Inline, None, Some(Reason::ManyCopies), Safety::Safe);
        assert_eq!(chosen(&[], false, &[clumsy.clone(), safe(Closure)]), at_both_bars(Closure, &[Inline]));
        assert_eq!(chosen(&[], false, &[clumsy, refused(Closure)]), at_both_bars(Inline, &[Closure]));
    }

    #[test]
    fn auto_takes_no_form_that_only_adds_a_doubt() {
        let offers = [doubted(Inline), refused(Closure)];
        assert_eq!(chosen(&[], false, &offers), [None, None]);
        let why = choose(&Forms::default(), Safety::Unsafe, &offers).err().flatten();
        assert_eq!(why.map(|refusal| refusal.reason), Some(Reason::ConditionalDefer));
    }

    #[test]
    fn a_list_is_tried_in_order_and_at_the_safe_bar_for_what_is_safe() {
        let offers = [safe(Guard), safe(Inline), safe(Closure)];
        assert_eq!(chosen(&[Guard, Inline], false, &offers), at_both_bars(Guard, &[]));
        let offers = [doubted(Guard), doubted(Inline), safe(Closure)];
        let [safe_bar, unsafe_bar] = chosen(&[Guard, Inline], false, &offers);
        assert_eq!(safe_bar, Some((Closure, vec![Guard, Inline])));
        assert_eq!(unsafe_bar, Some((Guard, vec![])));
    }

    #[test]
    fn a_form_with_a_doubt_that_is_accepted_is_safe_enough() {
        let mut accepted = doubted(Inline);
        if let Ok(terms) = &mut accepted.outcome {
            terms.accepted = true;
        }
        let offers = [accepted, safe(Guard), safe(Closure)];
        assert_eq!(chosen(&[Inline], false, &offers), at_both_bars(Inline, &[]));
        assert_eq!(chosen(&[], false, &offers), at_both_bars(Closure, &[Inline]));
    }

    #[test]
    fn nothing_but_the_list_is_taken_where_the_user_says_so() {
        let offers = [refused(Guard), doubted(Inline)];
        assert_eq!(chosen(&[Guard], true, &offers[..1]), [None, None]);
        assert_eq!(chosen(&[Guard, Inline], true, &offers), at_both_bars(Inline, &[Guard]));
    }

    #[test]
    fn the_guard_stands_in_for_a_plain_call_where_it_is_safe_or_a_panic_must_not_skip_the_call() {
        let offers = [doubted(Inline), safe(Guard), safe(Closure)];
        let [safe_bar, unsafe_bar] = chosen(&[Inline], false, &offers);
        assert_eq!(safe_bar, Some((Guard, vec![Inline])));
        assert_eq!(unsafe_bar, Some((Inline, vec![])));
        let held = offered(Inline, Some(Reason::ExitSkips), None, Safety::Unsafe);
        let offers = [held, doubted(Guard), safe(Closure)];
        assert_eq!(chosen(&[Inline], true, &offers), at_both_bars(Guard, &[Inline]));
    }
}
