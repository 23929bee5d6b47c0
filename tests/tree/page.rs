//! The page in a real browser: keys, folding, filter, both colour schemes.

use serde_json::json;

use crate::browser::Browser;
use crate::pages::Page;

/// What the focus is on: the text of the row, in one line.
const FOCUSED: &str = "document.activeElement.querySelector(':scope > .row')?.textContent.replace(/\\s+/g, ' ').trim()";
/// The rows that can be seen.
const VISIBLE: &str =
    "[...document.querySelectorAll('.row')].filter((row) => row.checkVisibility()).length";
const FOCUS_FIRST: &str = "document.querySelector('[tabindex=\"0\"]').focus()";

fn focused(browser: &mut Browser) -> String {
    browser
        .eval(FOCUSED)
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn the_page_is_walked_with_the_keys_of_a_tree() {
    let page = Page::with_machines(10);
    let test = "the_page_is_walked_with_the_keys_of_a_tree";
    let Some(mut browser) = Browser::open(test, &page.file(), false) else {
        return;
    };
    browser.picture("10-light");
    browser.eval(FOCUS_FIRST);
    assert!(focused(&mut browser).contains("Cluster prod"));
    browser.press(&["ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"]);
    assert!(
        focused(&mut browser).contains("3 Machines RUNNING Ready"),
        "{}",
        focused(&mut browser)
    );
    // Closed at first; the first → opens, the second goes in.
    browser.press(&["ArrowRight", "ArrowRight"]);
    assert!(
        focused(&mut browser).contains("000000000001 talos-prod-1"),
        "{}",
        focused(&mut browser)
    );
    browser.press(&["ArrowLeft", "ArrowLeft", "ArrowLeft"]);
    assert!(focused(&mut browser).contains("Control Plane prod-control-planes"));
    browser.press(&["ArrowLeft"]);
    let expanded = "document.activeElement.getAttribute('aria-expanded')";
    assert_eq!(browser.eval(expanded), "false");
    browser.press(&["Enter"]);
    assert_eq!(browser.eval(expanded), "true");
    browser.press(&["End"]);
    assert!(
        focused(&mut browser).contains("Workers spare-workers"),
        "{}",
        focused(&mut browser)
    );
    browser.press(&["s"]);
    assert!(
        focused(&mut browser).contains("Cluster spare"),
        "{}",
        focused(&mut browser)
    );
    browser.press(&["Home"]);
    assert!(focused(&mut browser).contains("Cluster prod"));
    let stops = "document.querySelectorAll('[role=treeitem][tabindex=\"0\"]').length";
    assert_eq!(
        browser.eval(stops),
        1,
        "one tab stop, wherever the focus went"
    );
}

#[test]
fn a_thousand_machines_are_a_few_lines_and_any_of_them_is_found() {
    let page = Page::with_machines(1000);
    let test = "a_thousand_machines_are_a_few_lines_and_any_of_them_is_found";
    let Some(mut browser) = Browser::open(test, &page.file(), true) else {
        return;
    };
    browser.picture("1000-dark");
    let lines = browser.eval("document.querySelectorAll('[role=treeitem]').length");
    assert!(lines.as_u64() > Some(1000), "{lines}");
    assert!(browser.eval(VISIBLE).as_u64() < Some(20));
    browser.press(&["/"]);
    assert_eq!(browser.eval("document.activeElement.id"), "filter");
    browser.type_text("a000-000000000777");
    assert_eq!(
        browser.eval(VISIBLE),
        4,
        "the machine, its line of equals, its set, its cluster"
    );
    assert_eq!(
        browser.eval("document.getElementById('shown').textContent"),
        "1 line matches"
    );
    browser.picture("1000-dark-filtered");
    browser.press(&["ArrowDown"]);
    assert!(focused(&mut browser).contains("Cluster prod"));
    browser.press(&["Escape"]);
    assert!(browser.eval(VISIBLE).as_u64() < Some(20), "as before");
    browser.eval("document.getElementById('unready').click()");
    browser.picture("1000-dark-unready");
    let ready = "[...document.querySelectorAll('.row')].filter((row) => row.checkVisibility() && row.parentElement.dataset.state === 'ready').length";
    assert_eq!(browser.eval(ready), 0);
    assert_eq!(
        browser.eval("document.getElementById('shown').textContent"),
        "28 lines match"
    );
    browser.eval("document.getElementById('open').click()");
    browser.press(&["Escape"]);
}

#[test]
fn the_page_follows_the_colour_scheme_and_meets_its_own_policy() {
    let page = Page::with_machines(60);
    let test = "the_page_follows_the_colour_scheme_and_meets_its_own_policy";
    let ground = "getComputedStyle(document.body).backgroundColor";
    for (dark, colour) in [(false, "rgb(255, 255, 255)"), (true, "rgb(20, 23, 27)")] {
        let Some(mut browser) = Browser::open(test, &page.file(), dark) else {
            return;
        };
        assert_eq!(browser.eval(ground), colour);
        browser.picture(if dark { "60-dark" } else { "60-light" });
        assert_eq!(
            browser.eval("performance.getEntriesByType('resource').length"),
            0
        );
        let orphans = "[...document.querySelectorAll('[role=treeitem]')].filter((item) => !document.getElementById(item.getAttribute('aria-labelledby'))).length";
        assert_eq!(browser.eval(orphans), 0);
        let roles = "[...document.querySelectorAll('#tree ul')].every((list) => list.getAttribute('role') === 'group')";
        assert_eq!(browser.eval(roles), json!(true));
    }
}

#[test]
fn what_is_read_on_the_page_can_be_told_from_its_ground() {
    let page = Page::with_machines(60);
    let test = "what_is_read_on_the_page_can_be_told_from_its_ground";
    // The formula of WCAG 2 for contrast; 4.5 is what small text needs.
    let least = r"(() => {
      const light = (text) => text.match(/\d+/g).slice(0, 3).map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
      const ground = light(getComputedStyle(document.body).backgroundColor);
      return Math.min(...[...document.querySelectorAll('.row *, .summary *, .keys')].map((element) => {
        const text = light(getComputedStyle(element).color);
        return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
      }));
    })()";
    for dark in [false, true] {
        let Some(mut browser) = Browser::open(test, &page.file(), dark) else {
            return;
        };
        let least = browser.eval(least).as_f64().expect("a number");
        assert!(
            least >= 4.5,
            "{least} in {}",
            if dark { "dark" } else { "light" }
        );
    }
}
