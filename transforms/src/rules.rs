//! The rules: what each of them finds, and whether a run looks for it though nobody asked. All that tells one rule from another
//! in reports, settings and directives stands here.

/// Something that undefer looks for. Codes are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// UD001.
    DeferInLoop,
    /// UD002.
    LoopVariable,
    /// UD003.
    ArgumentChanged,
    /// UD004.
    OpenedInLoop,
}

/// Where a rule finds something, for stages that pass over the rest of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In loops.
    Loop,
    /// At any defer.
    Defer,
    /// At defers that a loop of their function comes back to.
    DeferInLoop,
}

/// What there is to say about a rule.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// The stable code.
    pub code: &'static str,
    /// The name, a colon, and what is found, in one line.
    pub summary: &'static str,
    /// What is behind it, and what a repair does.
    pub detail: &'static str,
    /// A Go file with a finding; its language version is 1.21.
    pub before: &'static str,
    /// The same file as the first choice of repair leaves it.
    pub after: &'static str,
    /// Whether a run looks for it though nobody asked.
    pub is_default: bool,
    /// Where it finds something.
    pub place: Place,
    /// What reports that show the source say of the place that it is about, before the function's name.
    pub mark: &'static str,
}

impl Rule {
    /// Every rule, by its code.
    pub const ALL: &'static [Rule] =
        &[Rule::DeferInLoop, Rule::LoopVariable, Rule::ArgumentChanged, Rule::OpenedInLoop];

    /// What there is to say about it.
    pub fn about(self) -> &'static About {
        match self {
            Rule::DeferInLoop => &DEFER_IN_LOOP,
            Rule::LoopVariable => &LOOP_VARIABLE,
            Rule::ArgumentChanged => &ARGUMENT_CHANGED,
            Rule::OpenedInLoop => &OPENED_IN_LOOP,
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.about().code
    }

    /// The name that stands in front of the colon of its summary.
    pub fn name(self) -> &'static str {
        self.about().summary.split(": ").next().unwrap_or_default()
    }
}

/// Some of the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules(u8);

impl Rules {
    /// None of them.
    pub const NONE: Rules = Rules(0);

    /// Those that a run looks for though nobody asked.
    pub fn default_on() -> Rules {
        Rule::ALL.iter().filter(|rule| rule.about().is_default).copied().collect()
    }

    /// Those whose code begins with a text, whatever its case; nothing where there is no such rule.
    pub fn beginning(text: &str) -> Option<Rules> {
        let text = text.to_ascii_uppercase();
        let rules: Rules = Rule::ALL.iter().filter(|rule| rule.code().starts_with(&text)).copied().collect();
        (!text.is_empty() && !rules.is_empty()).then_some(rules)
    }

    /// All of them, by their codes.
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL.iter().copied().filter(move |&rule| self.has(rule))
    }

    /// Whether a rule is one of them.
    pub fn has(self, rule: Rule) -> bool {
        self.0 & Rules::bit(rule) != 0
    }

    /// Those that are in one of the two.
    #[must_use]
    pub fn and(self, others: Rules) -> Rules {
        Rules(self.0 | others.0)
    }

    /// Those that are not among some others.
    #[must_use]
    pub fn without(self, others: Rules) -> Rules {
        Rules(self.0 & !others.0)
    }

    /// Those that are among some others.
    #[must_use]
    pub fn only(self, others: Rules) -> Rules {
        Rules(self.0 & others.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn bit(rule: Rule) -> u8 {
        1 << rule as u8
    }
}

impl FromIterator<Rule> for Rules {
    fn from_iter<I: IntoIterator<Item = Rule>>(rules: I) -> Self {
        Rules(rules.into_iter().fold(0, |bits, rule| bits | Rules::bit(rule)))
    }
}

const DEFER_IN_LOOP: About = About {
    code: "UD001",
    summary: "defer-in-loop: a deferred call in a loop waits for the end of the function",
    detail: "Each iteration adds one more pending call: files stay open, locks stay held, memory grows. The rule finds \
             every defer that control can reach again before its function returns, through a loop or a goto.",
    before: "package p\n\nimport \"sync\"\n\nfunc fill(mu *sync.Mutex, next func() (int, bool), m map[int]bool) {\n\tfor {\n\t\tmu.Lock()\n\t\tdefer mu.Unlock()\n\t\tkey, ok := next()\n\t\tif !ok {\n\t\t\tcontinue\n\t\t}\n\t\tm[key] = true\n\t}\n}\n",
    after: "package p\n\nimport \"sync\"\n\nfunc fill(mu *sync.Mutex, next func() (int, bool), m map[int]bool) {\n\tfor {\n\t\tfunc() {\n\t\t\tmu.Lock()\n\t\t\tdefer mu.Unlock()\n\t\t\tkey, ok := next()\n\t\t\tif !ok {\n\t\t\t\treturn\n\t\t\t}\n\t\t\tm[key] = true\n\t\t}()\n\t}\n}\n",
    is_default: true,
    place: Place::DeferInLoop,
    mark: "waits for the end of",
};

const LOOP_VARIABLE: About = About {
    code: "UD002",
    summary: "deferred-loop-variable: a deferred call sees the loop variable when it runs, and so its last value",
    detail: "A function literal, `&v`, a slice of an array and a method with a pointer receiver share the variable itself. \
             Before Go 1.22 all iterations have the same one, so every call that is pending sees what the last iteration \
             left in it; the same holds in any version where the loop assigns to a variable from outside (`for _, v = \
             range`). From Go 1.22 on a loop that declares its variable makes a new one in each iteration: such a site is \
             kept, and only shown with --show all.\n\nThe repair is a copy in front of the defer, `v := v`. It changes what \
             the program does, so it is never safe. Left alone: variables that the iteration itself changes.",
    before: "package p\n\nimport \"log\"\n\nfunc visit(names []string) {\n\tfor _, name := range names {\n\t\tdefer func() {\n\t\t\tlog.Println(\"left\", name)\n\t\t}()\n\t}\n}\n",
    after: "package p\n\nimport \"log\"\n\nfunc visit(names []string) {\n\tfor _, name := range names {\n\t\tname := name\n\t\tdefer func() {\n\t\t\tlog.Println(\"left\", name)\n\t\t}()\n\t}\n}\n",
    is_default: false,
    place: Place::DeferInLoop,
    mark: "runs at the end of",
};

const ARGUMENT_CHANGED: About = About {
    code: "UD003",
    summary: "deferred-argument-changed: a deferred call gets a value that is replaced before the call runs",
    detail: "A defer statement evaluates the arguments of its call; what is assigned later comes too late. That is often \
             meant: a path that is removed, a state that is restored. So only such variables count as can hold nothing but \
             their zero value or a constant where the defer stands (an error behind `if err != nil { return … }` is nil), and \
             get another value on a way from there; and durations (`time.Since(start)`), which end at the defer statement.\n\n\
             The repair is a function literal, which reads the variable when it runs. It changes what the program does, so it \
             is never safe. Left alone: calls of which another operand may change too, and functions that are seen to recover.",
    before: "package p\n\nimport (\n\t\"log\"\n\t\"os\"\n)\n\nfunc load(name string) error {\n\tvar err error\n\tdefer log.Println(\"loaded\", name, err)\n\t_, err = os.ReadFile(name)\n\treturn err\n}\n",
    after: "package p\n\nimport (\n\t\"log\"\n\t\"os\"\n)\n\nfunc load(name string) error {\n\tvar err error\n\tdefer func() { log.Println(\"loaded\", name, err) }()\n\t_, err = os.ReadFile(name)\n\treturn err\n}\n",
    is_default: false,
    place: Place::Defer,
    mark: "is evaluated here, in",
};

const OPENED_IN_LOOP: About = About {
    code: "UD004",
    summary: "resource-opened-in-loop: each iteration opens what one for all of them would do for",
    detail: "A database handle, a client, a transport, a compiled regular expression or a template costs more than most of what is \
             done with it, and is made for many uses. The rule finds calls that the table (or a stanza, `hoists`) says may be \
             made once, with operands that are the same in every iteration, whether a defer ends what they open or not.\n\nThe \
             repair is the form `hoist`: acquisition, error check and defer stand in front of the loop. It is never safe: a loop \
             that runs zero times opens it too, and the iterations share it. Where the statements cannot move as they are, the \
             finding says why.",
    before: "package p\n\nimport \"regexp\"\n\nfunc numbers(lines []string) [][]string {\n\tvar found [][]string\n\tfor _, line := range lines {\n\t\tdigits := regexp.MustCompile(`[0-9]+`)\n\t\tfound = append(found, digits.FindAllString(line, -1))\n\t}\n\treturn found\n}\n",
    after: "package p\n\nimport \"regexp\"\n\nfunc numbers(lines []string) [][]string {\n\tvar found [][]string\n\tdigits := regexp.MustCompile(`[0-9]+`)\n\tfor _, line := range lines {\n\t\tfound = append(found, digits.FindAllString(line, -1))\n\t}\n\treturn found\n}\n",
    is_default: false,
    place: Place::Loop,
    mark: "opens it in each iteration of a loop of",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_have_a_name_behind_them() {
        assert!(Rule::ALL.is_sorted_by_key(|rule| rule.code()));
        for rule in Rule::ALL {
            let About { summary, .. } = rule.about();
            assert!(summary.starts_with(&format!("{}: ", rule.name())), "{summary}");
        }
    }

    #[test]
    fn rules_are_asked_for_by_the_beginning_of_their_codes() {
        let all: Rules = Rule::ALL.iter().copied().collect();
        assert_eq!(Rules::beginning("ud"), Some(all));
        assert_eq!(Rules::beginning("UD001"), Some(Rules::default_on()));
        assert!(["", "UD9", "UD0011", "X"].iter().all(|text| Rules::beginning(text).is_none()));
        assert!(all.without(all).is_empty() && Rules::NONE.and(all).has(Rule::DeferInLoop));
    }
}
