/* What is masked of a text, and that nobody who reads a feed can tell. */
#include "feed/text_mask.h"

#include "feed_tests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* '~' stands for a masked byte. */
static const struct {
	const char *what;
	const char *text;
	const char *masked;
} rows[] = {
	{"ASCII", "<r>text</r>", "<r>text</r>"},
	{"letters of two, three and four bytes", "<r>a\xD0\xB1\xE2\x82\xAC\xF0\x9F\x98\x80z</r>", "<r>a~~~~~~~~~z</r>"},
	{"runs between references", "<r>\xC3\xA9&amp;\xC3\xA8&#233;\xC3\xA7</r>", "<r>~~&amp;~~&#233;~~</r>"},
	{"names stay", "<\xD0\xB1 \xD0\xB2='1'>\xD0\xB3</\xD0\xB1>", "<\xD0\xB1 \xD0\xB2='1'>~~</\xD0\xB1>"},
	{"attribute values stay", "<r a='\xC3\xA9>\xC3\xA9' b=\"'>\xC3\xA9\">\xC3\xA9</r>",
         "<r a='\xC3\xA9>\xC3\xA9' b=\"'>\xC3\xA9\">~~</r>"},
	{"names of entities stay", "<r>&\xC3\xA9;</r>", "<r>&\xC3\xA9;</r>"},
	{"comments, sections and instructions stay",
         "<r><!-- '> \xC3\xA9 -- > --><![CDATA[>\xC3\xA9 ]] ]>]]><?p >\xC3\xA9 ? ?>\xC3\xA9</r>",
         "<r><!-- '> \xC3\xA9 -- > --><![CDATA[>\xC3\xA9 ]] ]>]]><?p >\xC3\xA9 ? ?>~~</r>"},
	{"a definition without a subset", "<!DOCTYPE r SYSTEM \"a>b\"><r>\xC3\xA9</r>", "<!DOCTYPE r SYSTEM \"a>b\"><r>~~</r>"},
	{"a definition with one", "<!DOCTYPE r [<!ELEMENT r ANY>]><r>\xC3\xA9</r>",
         "<!DOCTYPE r [<!ELEMENT r ANY>]><r>\xC3\xA9</r>"},
	{"what is not UTF-8 stays as a whole", "<r>\xC3\xA9\xC3<b>\xC3\xA9</b></r>", "<r>\xC3\xA9\xC3<b>~~</b></r>"},
	{"what XML forbids stays", "<r>\xC3\xA9\x01<b>\xC3\xA9\xEF\xBF\xBE</b><b>\xC3\xA9\xEF\xBF\xBF</b>\xC3\xA9]]></r>",
         "<r>\xC3\xA9\x01<b>\xC3\xA9\xEF\xBF\xBE</b><b>\xC3\xA9\xEF\xBF\xBF</b>\xC3\xA9]]></r>"},
	{"what only resembles it does not", "<r>\xC3\xA9 ]] ]> [\xEF\xBF\xBD]</r>", "<r>~~ ]] ]> [~~~]</r>"},
	{"ends of lines", "<r>\n\xC3\xA9\n\n<a>\r\n\xC3\xA9\r\n \t</a><a>\xC3\xA9\r\n\r\n</a><a>\xC3\xA9\r</a></r>",
         "<r>\n~~\n\n<a>\r\n~~\r\n \t</a><a>\xC3\xA9\r\n\r\n</a><a>\xC3\xA9\r</a></r>"},
	{"'<' where none may be", "<r><a b='<'>\xC3\xA9</a></r>", "<r><a b='<'>\xC3\xA9</a></r>"},
	{"letters behind tags with letters", "<\xD0\xB1>\xD0\xB2</\xD0\xB1>\xD0\xB2<b a='\xD0\xB1&amp;'>\xD0\xB2&lt;\xD0\xB2</b>",
         "<\xD0\xB1>~~</\xD0\xB1>~~<b a='\xD0\xB1&amp;'>~~&lt;~~</b>"},
	{"no end of the text", "<r>\xC3\xA9", "<r>\xC3\xA9"},
};

/* Push `text` with a cut at `cut`; the parser has read up to `read_first` when the second piece comes. Masked bytes as '~'. */
static void mask_in_two(struct slice text, size_t cut, size_t read_first, char *out)
{
	const struct slice pieces[2] = {slice_make(text.data, cut), slice_make(text.data + cut, text.size - cut)};
	struct text_mask mask = {.state = TEXT_MASK_CONTENT};
	size_t offset = 0;

	for (size_t i = 0; i < 2; i++) {
		struct slice masked;
		size_t from = i == 0 ? 0 : read_first;

		assert_true(text_mask_apply(&mask, pieces[i], true, &masked));
		assert_int_equal(masked.size, pieces[i].size);
		for (size_t k = 0; k < masked.size; k++)
			out[offset + k] = masked.data[k] == MASK_BYTE ? '~' : masked.data[k];
		offset += masked.size;
		while (from < offset) {
			const struct slice original = text_mask_original(&mask, from, offset - from);

			assert_true(original.size > 0 && original.size <= offset - from);
			assert_memory_equal(original.data, text.data + from, original.size);
			from += original.size;
		}
		assert_int_equal(text_mask_original(&mask, offset, 1).size, 0);
		assert_true(text_mask_keep(&mask, i == 0 ? read_first : offset));
	}
	out[offset] = '\0';
	text_mask_release(&mask);
}

static void only_faultless_character_data_is_masked(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct slice text = slice_from(rows[i].text);

		mask_in_two(text, text.size, text.size, out);
		if (strcmp(out, rows[i].masked) != 0)
			fail_msg("%s: '%s' instead of '%s'", rows[i].what, out, rows[i].masked);
	}
}

static void before_the_root_nothing_is_masked(void **state)
{
	const struct slice text = SLICE("<?xml version='1.0'?>\xC3\xA9<!-- -->\xC3\xA9<r>\xC3\xA9</r>");
	struct text_mask mask = {.state = TEXT_MASK_CONTENT};
	struct slice masked;

	(void)state;
	assert_true(text_mask_apply(&mask, text, false, &masked));
	assert_true(slice_equal(masked, text));
	text_mask_release(&mask);
}

/* Wherever it is cut, no more is masked, and only runs as a whole. */
static void a_cut_masks_no_more_and_loses_nothing(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct slice text = slice_from(rows[i].text);

		for (size_t cut = 0; cut <= text.size; cut++) {
			mask_in_two(text, cut, cut / 2, out);
			for (size_t k = 0; k < text.size; k++) {
				const bool begins = k == 0 || strchr(">;", text.data[k - 1]) != NULL;

				assert_true(out[k] == text.data[k] || rows[i].masked[k] == '~');
				if (out[k] != '~' || begins)
					continue;
				/* a letter is masked with what stands before it in its run */
				assert_true((unsigned char)out[k - 1] < 0x80);
			}
		}
	}
}

/* Nothing is masked behind an internal subset, even an empty one: faults and their places must be the same without it. */
static void assert_unseen(const char *what, struct slice body, bool is_lenient)
{
	static const char *const heads[] = {"<!DOCTYPE r SYSTEM 'a' []>", "<!DOCTYPE r SYSTEM 'a'   >"};
	static const size_t pieces[] = {0, 1, 7, 20, 29, 30, 33, 47, 64, 100};
	struct error err = ERROR_INIT;
	struct buffer inputs[2];
	struct buffer told[2];

	for (int i = 0; i < 2; i++) {
		buffer_init(&inputs[i], TOLD_BYTES_MAX);
		buffer_init(&told[i], TOLD_BYTES_MAX);
		(void)buffer_append_text(&inputs[i], heads[i]);
		assert_int_equal(buffer_append_slice(&inputs[i], body), 0);
	}
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		for (int k = 0; k < 2; k++) {
			const struct read_case read_case = {.input = buffer_slice(&inputs[k]),
			                                    .paths = "/r/o /r",
			                                    .piece_max = pieces[i],
			                                    .is_lenient = is_lenient};

			buffer_clear(&told[k]);
			(void)read_told(&read_case, &told[k], &err);
		}
		if (!slice_equal(buffer_slice(&told[0]), buffer_slice(&told[1])))
			fail_msg("%s, in pieces of %zu: '%s'\n%s\ninstead of\n%s", what, pieces[i], buffer_text(&inputs[1]),
			         buffer_text(&told[1]), buffer_text(&told[0]));
	}
	for (int i = 0; i < 2; i++) {
		buffer_release(&inputs[i]);
		buffer_release(&told[i]);
	}
}

static void faults_behind_masked_letters_have_their_place(void **state)
{
	static const char *const texts[] = {
		"<r><o>\xD0\xB1\xD0\xB2</p></r>",
		"<r><o>\xD0\xB1\n\xD0\xB2\xD0\xB3</p></r>",
		"<r>\xD0\xB1<o>\xD0\xB1\xD0\xB2\x01</o></r>",
		"<r>\xD0\xB1<o>\xD0\xB1\xD0\xB2\xFF</o></r>",
		"<r>\xD0\xB1<o>\xE2\x82\xAC ]]></o></r>",
		"<r>\xD0\xB1<o>\xE2\x82\xAC & x\xD0\xB1</o>\xD0\xB1</r>",
		"<r>\xD0\xB1<o>\xE2\x82\xAC &\xD0\xB1; \xD0\xB1</o></r>",
		"<r>\xD0\xB1<o>\xE2\x82\xAC &nbsp;\xD0\xB1</o><o a='<'/>\xD0\xB1</r>",
		"<r>\xD0\xB1<o a=1>\xD0\xB1</o></r>",
		"<r>\xD0\xB1\r\n\r\n\xD0\xB1<o>\xD0\xB1\r\xD0\xB1</o></q></r>",
		"<r>\x7F\xD0\xB1\x7F<o>\x7F\xD0\xB1\r\n\x7F</o><![CDATA[\x7F\xD0\xB1]]>&#127;\xD0\xB1</r>",
		"<r>\xD0\xB1<o>\xF0\x9F\x98\x80</o></r>\xD0\xB1",
		"<r>\xD0\xB1<o>\xF0\x9F\x98\x80</o>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_unseen("strict", slice_from(texts[i]), false);
		assert_unseen("lenient", slice_from(texts[i]), true);
	}
}

static void documents_made_of_anything_are_read_alike(void **state)
{
	static const char *const parts[] = {
		"<o>",
		"</o>",
		"<o>",
		"</o>",
		"<o/>",
		"<\xD0\xB1/>",
		"<o a='\xD0\xB1>'>",
		"</o>",
		"text ",
		"\xD0\xB1",
		"\xC3\xA9 ",
		"\xE2\x82\xAC",
		"\xF0\x9F\x98\x80",
		"&amp;",
		"&nbsp;",
		"&#233;",
		"\n",
		"\r\n",
		"\r",
		"]",
		"]]>",
		">",
		"\x7F",
		"\xEF\xBF\xBD",
		"<!-- \xC3\xA9> -->",
		"\xFF",
		"<?p \xC3\xA9>?>",
		"\x01",
		"<",
		"&",
		"\"",
		"'",
		"<![CDATA[\xC3\xA9>]]>",
		"\t \xD0\xB1\xD0\xB2\xD0\xB3\xD0\xB4 ",
		"=",
		"\xEF\xBF\xBE",
	};
	uint32_t random = 1;
	char document[2048];

	(void)state;
	for (int i = 0; i < 1500; i++) {
		/* the last parts are faults, and few documents have one */
		const size_t part_count = i % 3 == 0 ? sizeof(parts) / sizeof(parts[0]) : 18;
		size_t size = (size_t)snprintf(document, sizeof(document), "<r>");

		for (int k = 0; k < 30; k++) {
			random = random * 1664525 + 1013904223;
			size += (size_t)snprintf(document + size, sizeof(document) - size, "%s",
			                         parts[(random >> 16) % part_count]);
		}
		size += (size_t)snprintf(document + size, sizeof(document) - size, "</r>");
		assert_unseen("made up", slice_make(document, size), i % 2 != 0);
	}
}

/* Of long texts too, which the parser hands over before it has seen their end. */
static void long_masked_texts_are_joined_whole(void **state)
{
	struct buffer document;

	(void)state;
	buffer_init(&document, 4 << 20);
	buffer_append_text(&document, "<r>");
	for (int i = 0; i < 400; i++) {
		buffer_append_text(&document, "<o>");
		for (int k = 0; k < i; k++)
			buffer_append_format(&document, "%s\xD0\xB1\xE2\x82\xAC ", k % 7 == 0 ? "\r\n" : "x");
		buffer_append_text(&document, i % 5 == 0 ? "&amp;\xD0\xB1</o>" : "</o>");
	}
	buffer_append_text(&document, "</r>");
	assert_non_null(buffer_text(&document));
	assert_unseen("long", buffer_slice(&document), false);
	buffer_release(&document);
}

int text_mask_tests(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_faultless_character_data_is_masked),
		cmocka_unit_test(before_the_root_nothing_is_masked),
		cmocka_unit_test(a_cut_masks_no_more_and_loses_nothing),
		cmocka_unit_test(faults_behind_masked_letters_have_their_place),
		cmocka_unit_test(documents_made_of_anything_are_read_alike),
		cmocka_unit_test(long_masked_texts_are_joined_whole),
	};

	return cmocka_run_group_tests_name("text_mask", tests, NULL, NULL);
}
