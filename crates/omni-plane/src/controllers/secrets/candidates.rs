//! Which machines take new secrets next: control planes first and one at a time, then all workers at once.

/// A machine that needs new secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) machine: String,
    pub(super) hostname: String,
    pub(super) control_plane: bool,
    pub(super) locked: bool,
    pub(super) ready: bool,
}

/// Machines that may take them now, and those that have to wait.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) viable: Vec<Candidate>,
    pub(super) blocked: Vec<Candidate>,
}

/// Chooses. As long as there are control planes, workers are not looked at.
pub(super) fn choose(mut candidates: Vec<Candidate>) -> Choice {
    candidates.sort_by(|a, b| {
        let rank = |one: &Candidate| (!one.control_plane, !one.ready, one.locked);
        rank(a)
            .cmp(&rank(b))
            .then_with(|| a.hostname.cmp(&b.hostname))
    });
    let (control_planes, workers): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|one| one.control_plane);
    let at_once = if control_planes.is_empty() {
        usize::MAX
    } else {
        1
    };
    let turn = if control_planes.is_empty() {
        workers
    } else {
        control_planes
    };
    let mut choice = Choice::default();
    for one in turn {
        if one.ready && !one.locked && choice.viable.len() < at_once {
            choice.viable.push(one);
        } else {
            choice.blocked.push(one);
        }
    }
    choice
}

/// The names of machines for people: two of them, and how many more.
pub(super) fn names(candidates: &[Candidate]) -> String {
    let mut names: Vec<&str> = candidates.iter().map(|one| one.hostname.as_str()).collect();
    names.sort_unstable();
    match names.as_slice() {
        [first, second, more @ ..] if !more.is_empty() => {
            format!("{first}, {second}, {} more", more.len())
        }
        few => few.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(hostname: &str, control_plane: bool) -> Candidate {
        Candidate {
            machine: hostname.to_owned(),
            hostname: hostname.to_owned(),
            control_plane,
            locked: false,
            ready: true,
        }
    }

    fn chosen(candidates: &[Candidate]) -> (String, String) {
        let choice = choose(candidates.to_vec());
        (names(&choice.viable), names(&choice.blocked))
    }

    #[test]
    fn control_planes_go_one_by_one_before_any_worker() {
        let all = [
            candidate("w", false),
            candidate("b", true),
            candidate("a", true),
        ];
        assert_eq!(chosen(&all), ("a".into(), "b".into()));
        assert_eq!(chosen(&all[..1]), ("w".into(), String::new()));
    }

    #[test]
    fn workers_go_together_but_for_those_that_cannot() {
        let mut all = ["a", "b", "c"].map(|name| candidate(name, false));
        all[1].locked = true;
        all[2].ready = false;
        assert_eq!(chosen(&all), ("a".into(), "b, c".into()));
    }

    #[test]
    fn a_control_plane_that_cannot_holds_the_workers_up() {
        let mut sick = candidate("a", true);
        sick.ready = false;
        let all = [sick, candidate("w", false)];
        assert_eq!(chosen(&all), (String::new(), "a".into()));
    }

    #[test]
    fn names_are_cut_after_the_second() {
        let all = ["d", "b", "a", "c"].map(|name| candidate(name, false));
        assert_eq!(names(&all), "a, b, 2 more");
        assert_eq!(names(&all[..2]), "b, d");
    }
}
