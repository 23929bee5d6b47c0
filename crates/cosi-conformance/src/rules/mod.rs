//! The rules, a folder by what they are about.

mod lives;
mod queries;
mod races;
mod watches;

use futures::future::BoxFuture;

use crate::bench::Bench;
use crate::expect::Outcome;
use crate::subject::Subject;

/// A rule: a name that says what must hold, and the proof.
pub type Rule<'s, S> = (&'static str, fn(Bench<'s, S>) -> BoxFuture<'s, Outcome>);

/// Makes the table of [`all`] from the names of functions.
macro_rules! table {
    ($($place:ident::$rule:ident),* $(,)?) => {
        vec![$((stringify!($rule), |bench| Box::pin($place::$rule(bench)))),*]
    };
}

/// All rules.
pub fn all<'s, S: Subject>() -> Vec<Rule<'s, S>> {
    table![
        lives::a_new_resource_is_at_its_first_version_and_reads_as_it_was_stored,
        lives::an_id_exists_once,
        lives::what_is_not_there_is_not_found,
        lives::a_write_needs_the_version_that_is_stored_and_counts_one,
        lives::a_resource_on_its_way_out_is_written_only_by_who_knows_it,
        lives::finalizers_hold_a_resource_until_they_are_gone,
        lives::a_teardown_is_done_once_however_often_it_is_asked_for,
        lives::an_owner_keeps_others_away,
        queries::a_list_is_sorted_by_id,
        queries::labels_select_as_their_operators_say,
        queries::alternatives_add_up_and_terms_narrow_down,
        queries::ids_are_selected_by_expressions,
        races::one_of_many_creators_wins,
        races::one_of_many_writers_of_a_version_wins,
        races::no_finalizer_of_many_is_lost,
        watches::a_watch_on_one_begins_with_its_state,
        watches::a_watch_on_one_that_is_missing_says_so_and_sees_it_come,
        watches::a_watch_on_a_kind_tells_contents_a_mark_and_every_change_in_order,
        watches::what_ceases_to_match_is_told_as_destroyed,
        watches::a_watch_goes_on_after_its_bookmark,
        watches::a_bookmark_that_is_none_is_refused,
        watches::the_tail_of_one_is_told_first,
    ]
}
