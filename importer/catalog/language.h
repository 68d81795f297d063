/* Languages of texts, by their tags (BCP 47). */
#pragma once

#include "base/slice.h"

#define LANGUAGE_TAG_MAX 35 /* RFC 5646, section 4.4.1 */

/*
 * A language tag in the case that it is usually written in: 'de', 'zh-Hant', 'pt-BR'; '_' is read as '-'. Subtags are checked
 * for their form, not looked up. False where it is none. The result lies in `ret_tag`.
 */
must_use bool language_parse(struct slice text, char ret_tag[LANGUAGE_TAG_MAX], struct slice *ret_language);
