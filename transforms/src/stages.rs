//! The stages one after the other, for benches and tests. No part of what the engine promises.
//!
//! Each function but [`parse`] begins with the facts and goes on to the end of its stage: what a stage costs is the difference
//! to the one before.

use crate::decide::{judged, verdicts};
use crate::directives::Directives;
use crate::facts::Facts;
use crate::file::File;
use crate::lifetime::Around;
use crate::locate::{Found, sites};
use crate::parse::{Tree, readings_agree};
use crate::render::groups;
use crate::scan::focus::focus;
use crate::world::Texts;
use crate::{Options, Rules, Verdict};

/// Parses the functions that may hold a site: the number of nodes, 0 where the parser gives up.
pub fn parse(source: &str) -> usize {
    Tree::parse_from(source, focus(source, Rules::default_on()), None).map_or(0, |tree| tree.len())
}

/// Whether the two ways of parsing give the same tree; nothing where there is only one for this text.
pub fn parsers_agree(source: &str) -> Option<bool> {
    readings_agree(source)
}

/// A text that was parsed, with its scopes and its nesting.
#[derive(Debug)]
pub struct Stages<'t>(Facts<'t>);

impl<'t> Stages<'t> {
    /// Parses the text and gathers the facts about it; nothing where the parser gives up.
    pub fn of(source: &'t str) -> Option<Self> {
        Tree::parse_from(source, focus(source, Rules::default_on()), None).map(|tree| Self(Facts::of(tree)))
    }

    /// Finds the sites: how many there are.
    pub fn locate(&self) -> usize {
        sites(&self.0.tree, &self.0.flow()).len()
    }

    /// Flow and lifetime: how many sites have nothing against a rewrite.
    pub fn judge(&self) -> usize {
        self.with_sites(|file, found, directives| {
            judged(file, found, &groups(found), &[], directives).rewrites_in_all()
        })
    }

    /// Regions, lowering and plans: how many sites are to be rewritten.
    pub fn plan(&self) -> usize {
        self.with_sites(|file, found, directives| {
            let (sites, _) = verdicts(file, found, &[], directives);
            sites.iter().filter(|site| matches!(site.verdict, Verdict::Rewrite { .. })).count()
        })
    }

    fn with_sites(&self, stage: impl FnOnce(&File<'_, '_>, &[Found], &mut Directives) -> usize) -> usize {
        let flow = self.0.flow();
        let (options, texts) = (Options::default(), Texts::new());
        let around = Around::new(&options, &self.0.tree, &texts);
        let file = File::of(&self.0, &flow, &around);
        let found = sites(file.tree, &flow);
        stage(&file, &found, &mut Directives::read(&file))
    }
}
