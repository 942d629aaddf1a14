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
    /// What makes a site unsafe that is safe by itself.
    pub(super) lowered: Option<Judgement>,
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
                None if terms.safety <= bar => return true,
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
