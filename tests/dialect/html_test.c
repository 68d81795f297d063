/* HTML to plain text. */
#include "support.h"

#include "dialect/html.h"

#include <string.h>

struct html_case {
	const char *html;
	const char *text;
};

static void check(const struct html_case *cases, size_t count,
                  bool (*convert)(struct arena *arena, struct slice text, struct slice *ret_text))
{
	for (size_t i = 0; i < count; i++) {
		struct arena arena;
		struct slice text;

		arena_init(&arena, 65536);
		assert_true(convert(&arena, slice_from(cases[i].html), &text));
		expect_text(cases[i].html, text, cases[i].text);
		arena_release(&arena);
	}
}

static void stripping_leaves_the_text(void **state)
{
	static const struct html_case cases[] = {
		{"plain", "plain"},
		{"", ""},
		{"<p>One</p><p>Two</p>", "One Two"},
		{"a<br/>b<BR>c", "a b c"},
		{"<a href=\"x>y\">link</a>", "link"},
		{"<a title = 'x>y'>link</a>", "link"},
		{"<a href=x\"y>link</a> \"quoted\"", "link \"quoted\""},
		{"5 < 6 & 7 > 2", "5 < 6 & 7 > 2"},
		{"R&amp;D &lt;b&gt; &#1234; &#x41; &nbsp;x &unknown; &", "R&D <b> \xd3\x92 A \xc2\xa0x &unknown; &"},
		{"&euro;&Auml;&thetasym;&apos;&quot;", "€Äϑ'\""},
		{"a<!-- no > --> b", "a b"},
		{"a<script>if (a < b) {}</script>b<style type='x'>p{}</STYLE>c", "a b c"},
		{"<scripture>kept</scripture>", "kept"},
		{"<script:x>kept</script:x>", "kept"},
		{"open <b", "open"},
		{"<script>never closed", ""},
		{"<!-- never closed", ""},
		{"&#0;&#xD800;&#x110000;&#;&#x;", "&#0;&#xD800;&#x110000;&#;&#x;"},
		{" white \n\t space ", "white space"},
	};

	(void)state;
	check(cases, sizeof cases / sizeof cases[0], html_strip);
}

static void converting_keeps_the_lines(void **state)
{
	static const struct html_case cases[] = {
		{"", ""},
		{"plain", "plain"},
		{"two\nlines\n\n\nand  a third", "two\nlines\n\nand a third"},
		{"R&amp;D\n&lt;b&gt;", "R&D\n<b>"},
		{"<b>no</b>\nline", "no line"},
		{"<p>One</p><p>Two</p>", "One\n\nTwo"},
		{"<p>One</p>\n\n  <p> Two </p>", "One\n\nTwo"},
		{"<div>One</div><div>Two<div>Three</div></div>", "One\nTwo\nThree"},
		{"a<br>b<br/>c<BR />d", "a\nb\nc\nd"},
		{"a<br><br>b<br><br><br>c", "a\n\nb\n\nc"},
		{"<br>a<br>", "a"},
		{"<ul><li>red</li><li>blue</li></ul>after", "- red\n- blue\nafter"},
		{"<ul>\n<li> red\n<li>blue</ul>", "- red\n- blue"},
		{"<p>Colours:</p><ul><li><p>red</p></li><li></li></ul>", "Colours:\n\n- red"},
		{"<h1>Lamp</h1>bright<hr>cheap", "Lamp\n\nbright\ncheap"},
		{"<table><tr><th>w</th><td>4 cm</td></tr><tr><td>h</td><td>5 cm</td></tr></table>", "w 4 cm\nh 5 cm"},
		{"10&nbsp;kg<p>&nbsp;</p>\xc2\xa0x", "10 kg\n\nx"},
		{"<B>bo</B>ld <i>it</i>", "bold it"},
		{"a<script>x</script>b<style>y</style>c<!-- z -->d", "abcd"},
		{"caf&eacute; &ndash; 5&euro;", "café – 5€"},
		{"5 < 6", "5 < 6"},
		{"žluť<br>kůň", "žluť\nkůň"},
		{"&#8203;", ""},
		{"<p", ""},
		{"<>", "<>"},
	};

	(void)state;
	check(cases, sizeof cases / sizeof cases[0], html_to_text);
}

/* Nothing that is short in HTML may be long as text: the output's room is the input's size. */
static void text_is_no_longer_than_its_html(void **state)
{
	static const char *const repeated[] = {"<p>a",      "<li>a", "<br>a", "<br><br>a", "<p><li>a",
	                                       "<hr><li>a", "\na",   "\n\na", "&xi;a"};
	char html[4096];

	(void)state;
	for (size_t i = 0; i < sizeof repeated / sizeof repeated[0]; i++) {
		size_t size = 0;
		struct arena arena;
		struct slice text;

		while (size + strlen(repeated[i]) < sizeof html) {
			memcpy(html + size, repeated[i], strlen(repeated[i]));
			size += strlen(repeated[i]);
		}
		arena_init(&arena, 65536);
		assert_true(html_to_text(&arena, slice_make(html, size), &text));
		assert_true(text.size <= size);
		assert_true(text.size > size / 8);
		arena_release(&arena);
	}
}

int run_html_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stripping_leaves_the_text),
		cmocka_unit_test(converting_keeps_the_lines),
		cmocka_unit_test(text_is_no_longer_than_its_html),
	};

	return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}
