"""Headings and page furniture are told from the paragraphs that a classifier should read."""

from __future__ import annotations

import pytest

from stancekit import split_passages

BEFORE = (
    "Lawmakers met on Tuesday to debate whether the foreign soldiers in the north should leave by "
    "the end of the year, as the government has promised since the spring."
)
AFTER = (
    "The minister of defence answered that the towns along the border would fall within weeks if "
    "the soldiers left before the new army was trained, and asked for another year."
)

FURNITURE = {
    "dividers": (
        "***",
        "* * *",
        "___",
        "- - -",
        "……",
    ),
    "numbers of photographs": (
        "191129145046395",
        "1 / 12",
    ),
    "comments": (
        "Comments",
        "Comments are closed.",
        "12 comments",
        "Leave a comment",
        "View all 214 comments",
        "Comments (31)",
    ),
    "advertisements": (
        "Advertisement",
        "ADVERTISEMENT",
        "Sponsored content",
        "Story continues below advertisement",
        "Scroll to continue with content",
    ),
    "share lines": (
        "Share",
        "Share this article",
        "Share on Facebook",
        "Tweet",
        "Print",
        "Share | Tweet | Email | Print",
        "Share this story via email",
        "Listen to this article 6 min",
    ),
    "ways to follow": (
        "Follow us on Facebook and Twitter.",
        "Follow Jane Doe on Twitter: @janedoe",
        "Jane Doe can be reached at jane@example.org.",
        "Contact the author: jane@example.org",
    ),
    "newsletters": (
        "Sign up for our daily newsletter and never miss a story.",
        "Subscribe",
        "Get the best of our reporting in your inbox every morning.",
        "Enter your e-mail address",
        "Sign up to receive the top stories every morning",
    ),
    "apps": (
        "Click here to get the app",
        "Download our app for Android and iPhone.",
    ),
    "links": (
        "Read more: What the vote in the capital means",
        "READ MORE",
        "Related stories",
        "See also: A timeline of the war",
        "The deal that nobody wanted Read more",
        "Most popular",
        "(Read more: The deal explained)",
        "More on this story",
        "More: Minister says 'no' to talks",
    ),
    "tags": (
        "Tags: army, border",
        "Filed under: Opinion",
    ),
    "copyright": (
        "© 2021 The Example Courier",
        "Copyright 2020 Example Media. All rights reserved.",
    ),
    "videos": (
        "Video: Inside the base",
        "Watch: The general explains the plan",
    ),
    "captions": (
        "Photo: Jane Doe",
        "Photograph: Jane Doe/Reuters",
        "Photo courtesy of the U.S. Army",
        "FILE - In this May 3, 2019 file photo, soldiers board a plane in the capital.",
        "Image caption The base was hit in March",
        "Credit: Jane Doe for the Courier",
    ),
    "credits": (
        "A soldier on patrol near the border. (AP Photo/Jane Doe)",
        "Soldiers wait for a flight home. (Photo: Jane Doe, Getty Images)",
        "A convoy leaves the base [File: Jane Doe/Reuters]",
        "A convoy. Jane Doe/AP Photo",
    ),
    "bylines": (
        "By Jane Doe",
        "BY JANE DOE",
        "By Jane Doe and John Roe",
        "Written by Jane Doe",
        "By Jane Doe, The Example Courier",
        "Analysis by Jane van der Doe",
    ),
    "outlets": (
        "Associated Press",
        "The Washington Post",
        "Staff writer",
        "Opinion",
    ),
    "dates": (
        "March 3, 2020",
        "Published: March 3, 2020 at 4:15 p.m.",
        "3 hours ago",
        "5 min read",
        "Updated 3:04 PM ET, Mon March 2, 2020",
        "Tuesday 3 September 2020 10:12 GMT",
    ),
    "datelines": (
        "WASHINGTON —",
        "BAGHDAD (AP) -",
    ),
    "contributors": (
        "Jane Doe contributed to this report.",
        "Jane Doe and The Associated Press contributed to this report.",
        "Doe reported from Kabul.",
        "Doe reported from Kabul, Afghanistan, and Roe from Washington.",
        "With files from Jane Doe",
        "Associated Press writer Jane Doe in Kabul contributed.",
        "Additional reporting by Jane Doe",
        "(Reporting by Jane Doe and John Roe; Editing by Max Poe)",
    ),
    "tips": (
        "Email tips to jane@example.org",
        "Have a tip? Write to us.",
        "jane@example.org",
    ),
    "notices": (
        "Editor's note: This piece has been updated.",
        "This story has been corrected.",
        "The views expressed in this article are those of the author.",
        "Privacy policy",
        "Opinions expressed by contributors are their own.",
        "Skip to main content",
        "Loading...",
        "This is a breaking news story. Check back for updates.",
        "Back to top",
    ),
}

# Each begins or ends as some furniture does.
LOOK_ALIKES = (
    "Comments by the general caused an outcry in the capital.",
    "Comment is free, but this war is not.",
    "Continue the mission or leave now.",
    "Share the burden with our allies, or leave.",
    "Print the names of the dead and read them aloud.",
    "An agreement can be reached at the talks in the capital.",
    "Follow the money to see why we are still there.",
    "Like the last one, this war goes on.",
    "Sign up, they told us, and see the world.",
    "Register your anger: call your senator.",
    "Get our troops out of the valley.",
    "Click here, click there: drones fight our wars now.",
    "Read more history before you send our soldiers there.",
    "More from the allies would be welcome.",
    "More: that is what the generals always ask for.",
    'More from the general: "We should stay until the job is done."',
    "Don't miss the point: we must leave.",
    "Recommended troop levels: 10,000 for two more years.",
    "See also what happened in 2011, when we left too early.",
    "Related to this is the question of when to leave.",
    "Copyright by conquest is no title to another land.",
    "Watch: they will be back in a year.",
    "Watch the border: that is where the fighters come from.",
    "Photographs by the troops show that the base still stands.",
    "Credit: the surge worked, and we owe it to the generals.",
    "Picture: an empty base, a flag lowered, and no one to keep the peace.",
    "By Christmas the troops should be home.",
    "By President Doe's own account, the troops stay.",
    "Opinion is divided over the war.",
    "March on the capital and end the war.",
    "May 1 is the day we leave.",
    "On March 3, 2020, the troops left.",
    "Years of failed strategy contributed to this story of decline.",
    "His testimony contributed to this report by the Senate, which asks for an end to the war.",
    "Doe reported from Kabul that the troops were leaving for good.",
    "He reported from Kabul for years and says that the troops must stay.",
    "Reporting by Reuters showed that the strike killed ten civilians.",
    "Editing by censors hides what this war costs.",
    "Send tips to the enemy and this is what you get.",
    "Have a tip for the president: leave.",
    "The views expressed by the generals were clear: stay.",
    "The opinions expressed are those of a nation tired of war.",
    "This report was produced by the army, and it says that we must stay.",
    "This story has been told before: we leave and they come back.",
    "This is a developing country, not a battlefield.",
    "About us they know nothing, and still they fight us.",
    "Contact us when the last soldier is home.",
    "In 2011, they left.",
    "Bring them home.",
    "Why are we still there?",
    "What would we do if they did this to us?",
    '"Stay," he said.',
    "• Bring every soldier home by June",
    "We must bring our troops home now. — Jane Doe (@janedoe) January 3, 2020",
)


def kind_within_prose(line: str) -> str:
    [kind] = [p.kind for p in split_passages(f"{BEFORE}\n\n{line}\n\n{AFTER}") if p.text == line]
    return kind


def kinds(*blocks: str) -> list[str]:
    return [passage.kind for passage in split_passages("\n\n".join(blocks))]


@pytest.mark.parametrize("line", [line for lines in FURNITURE.values() for line in lines])
def test_furniture_is_marked(line: str) -> None:
    assert kind_within_prose(line) == "furniture"


@pytest.mark.parametrize("line", LOOK_ALIKES)
def test_sentence_that_looks_like_furniture_stays_a_paragraph(line: str) -> None:
    assert kind_within_prose(line) == "paragraph"


def test_long_paragraph_is_never_furniture() -> None:
    assert kind_within_prose(f"Advertisement: {BEFORE} {AFTER} {BEFORE} {AFTER}") == "paragraph"


def test_titles_of_other_articles_below_a_line_of_links_are_furniture() -> None:
    links = [
        "Read more from the Courier:",
        "The deal that nobody wanted",
        "Ten years of a long war",
    ]
    assert kinds(BEFORE, *links, AFTER) == ["paragraph"] + ["furniture"] * 3 + ["paragraph"]


@pytest.mark.parametrize(
    "title",
    [
        "Parliament weighs the future of the northern mission",
        "Will the northern mission ever end?",
        "'We will not leave': minister answers the U.S. envoy",
        "Minister: Gen. Smith is wrong about the border",
    ],
)
def test_title_standfirst_and_name_before_the_first_paragraph_are_marked(title: str) -> None:
    standfirst = "A vote on Friday will decide whether 4,000 soldiers stay for another year"
    assert kinds(title, standfirst, "Jane van der Doe", BEFORE, AFTER) == [
        *("heading", "heading", "furniture", "paragraph", "paragraph")
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "The case for staying",
        "The case for staying:",
        "'No way back'",
        "A 'grave mistake'",
        "What did the minister of Belgravia say?",
        "1) The border",
        "MINISTER WARNS AGAINST LEAVING THE U.S.",
    ],
)
def test_heading_of_a_section_is_marked(heading: str) -> None:
    assert kinds(BEFORE, "What comes next", AFTER, heading, AFTER)[3] == "heading"


def test_line_before_the_end_is_no_heading() -> None:
    assert kinds(BEFORE, AFTER, "Bring them home") == ["paragraph"] * 3


def test_single_question_is_no_heading() -> None:
    assert kinds(BEFORE, "What did the minister of Belgravia say?", AFTER) == ["paragraph"] * 3


def test_entries_of_a_list_are_no_headings() -> None:
    entries = ["1. Leave at once", "2. Leave within a year", "3. Stay for good"]
    assert kinds(BEFORE, *entries, AFTER) == ["paragraph"] * 5


def test_article_all_in_capitals_has_paragraphs() -> None:
    assert kinds(BEFORE.upper(), AFTER.upper(), "THE TALKS WENT ON") == ["paragraph"] * 3


def test_text_of_furniture_alone_has_no_paragraph() -> None:
    assert kinds("Advertisement", "By Jane Doe", "Comments are closed.") == ["furniture"] * 3


def test_lines_like_headings_alone_are_paragraphs() -> None:
    assert kinds("The case for leaving", "The case for staying") == ["paragraph"] * 2
