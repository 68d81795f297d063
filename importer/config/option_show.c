/* What each type of option shows: its value, its default, and what may be written. */
#include "config/option.h"

#include "config/config.h"
#include "config/fields.h"
#include "config/figures.h"
#include "config/schedule.h"
#include "config/value.h"

static const char *const *text_field(const struct option *option, const void *target)
{
	return (const char *const *)(const void *)((const char *)target + option->field);
}

static void append_missing(const struct option *option, const struct job_config *job, struct buffer *buffer)
{
	(void)buffer_append_text(buffer, option->words[job->missing]);
	if (job->missing_after > 1)
		(void)buffer_append_format(buffer, ",after=%lld", (long long)job->missing_after);
}

/* 'keep', or 'clear,description=keep' with the fields in their own order. */
static bool append_fields(const struct option *option, const struct field_policy *policy, struct buffer *buffer)
{
	if (policy->rest != FIELD_CHOICE_UNSAID)
		(void)buffer_append_text(buffer, option->words[policy->rest == FIELD_CHOICE_KEEP]);
	for (unsigned number = 0; number < 64; number++) {
		const uint64_t bit = UINT64_C(1) << number;
		if (((policy->cleared | policy->kept) & bit) != 0)
			(void)buffer_append_format(buffer, ",%s=%s", config_field_name(number),
			                           option->words[(policy->kept & bit) != 0]);
	}
	return policy->rest != FIELD_CHOICE_UNSAID || (policy->cleared | policy->kept) != 0;
}

static bool append_list(const struct option *option, const void *target, struct buffer *buffer)
{
	const char *const *texts = *(const char *const *const *)(const void *)((const char *)target + option->field);
	const size_t count = *(const size_t *)(const void *)((const char *)target + option->more);
	for (size_t index = 0; index < count; index++)
		(void)buffer_append_format(buffer, "%s%s", index > 0 ? "\n" : "", texts[index]);
	return count > 0;
}

static bool append_instant(const struct option *option, const void *target, struct buffer *buffer)
{
	const int64_t ms = *(const int64_t *)(const void *)((const char *)target + option->field);
	if (ms == option->default_number)
		return false;
	schedule_append_instant(ms, *((const bool *)target + option->more), buffer);
	return true;
}

static bool append_schedule(const struct job_schedule *schedule, struct buffer *buffer)
{
	if (schedule->expression == NULL)
		return false;
	(void)buffer_append_format(buffer, "%s: %s", schedule_form_name(schedule->form), schedule->expression);
	return true;
}

static bool append_proofs(const struct option *option, unsigned proofs, struct buffer *buffer)
{
	const char *comma = "";
	for (size_t index = 0; option->words[index] != NULL; index++) {
		if ((proofs & (1U << index)) == 0)
			continue;
		(void)buffer_append_format(buffer, "%s%s", comma, option->words[index]);
		comma = ",";
	}
	return proofs != 0;
}

bool option_append_field(const struct option *option, const void *target, struct buffer *buffer)
{
	if (option->field == OPTION_NO_FIELD)
		return false;
	const void *field = (const char *)target + option->field;
	const char *text = NULL;
	switch (option->type) {
	case OPTION_SIZE:
		value_append_size(buffer, *(const int64_t *)field);
		return true;
	case OPTION_DURATION:
		value_append_duration(buffer, *(const int64_t *)field);
		return true;
	case OPTION_INSTANT:
		return append_instant(option, target, buffer);
	case OPTION_SCHEDULE:
		return append_schedule(field, buffer);
	case OPTION_FIGURES:
		figures_append(option, target, buffer);
		return true;
	case OPTION_DECIMAL_SIGN:
		if (*(const char *)field == '\0')
			return false;
		(void)buffer_append_byte(buffer, *(const char *)field);
		return true;
	case OPTION_BOOL:
		text = option->words[*(const bool *)field];
		break;
	case OPTION_CHOICE:
		text = option->words[*(const unsigned *)field];
		break;
	case OPTION_MISSING:
		append_missing(option, target, buffer);
		return true;
	case OPTION_FIELDS:
		return append_fields(option, field, buffer);
	case OPTION_JOBS:
	case OPTION_ARGUMENTS:
		return append_list(option, target, buffer);
	case OPTION_GUARDS:
		guards_append_text(field, buffer);
		return true;
	case OPTION_PROOFS:
		return append_proofs(option, *(const unsigned *)field, buffer);
	case OPTION_KEEP:
	case OPTION_REFERENCE:
		return false;
	default:
		text = *text_field(option, target);
		break;
	}
	if (text == NULL || text[0] == '\0')
		return false;
	(void)buffer_append_text(buffer, text);
	return true;
}

void option_append_default(const struct option *option, struct buffer *buffer)
{
	if (option->type == OPTION_SIZE)
		value_append_size(buffer, option->default_number);
	else if (option->type == OPTION_DURATION && option->default_number > 0)
		value_append_duration(buffer, option->default_number);
	else if (option->default_text != NULL)
		(void)buffer_append_text(buffer, option->default_text);
}

void option_append_values(const struct option *option, struct buffer *buffer)
{
	static const char *const texts[] = {
		[OPTION_TEXT] = "text",
		[OPTION_PREFIX] = "text of at most 64 bytes",
		[OPTION_NAME] = "a name: up to 64 of A-Z a-z 0-9 . _ -",
		[OPTION_CURRENCY] = "a code of ISO 4217 ('EUR')",
		[OPTION_SOURCE] = "a URL, a path, or '-'",
		[OPTION_PROXY] = "a URL ('http://proxy.example:3128')",
		[OPTION_PATH] = "a path",
		[OPTION_FOLDER] = "a folder",
		[OPTION_EMPTY_FOLDER] = "a folder",
		[OPTION_STORE] = "'sqlite:PATH'",
		[OPTION_DIALECT] = "a dialect's name, or a mapping with 'name' and its options",
		[OPTION_SIZE] = "a size ('500MiB', '4GiB')",
		[OPTION_DURATION] = "a duration ('500ms', '15s', '5m', '2h')",
		[OPTION_ZONE] = "a zone of IANA ('Europe/Warsaw'), 'UTC', or an offset ('+02:00')",
		[OPTION_INSTANT] = "a date ('2026-12-24'), or an instant ('2026-12-24 18:00', '2026-12-24T18:00:00+01:00')",
		[OPTION_SCHEDULE] =
			"a text ('30 2 * * *', '@hourly', 'Mon..Fri 02:30'), or a mapping with one of 'cron', 'calendar', 'every', 'plan'",
		[OPTION_FIGURES] = "",
		[OPTION_ARGUMENTS] = "a list of a program and its arguments",
		[OPTION_DECIMAL_SIGN] = "'.' or ','",
		[OPTION_LANGUAGE] = "a language tag ('de', 'pt-BR')",
		[OPTION_BOOL] = "",
		[OPTION_CHOICE] = "",
		[OPTION_MISSING] = "",
		[OPTION_FIELDS] = "",
		[OPTION_JOBS] = "a job's name, or a list of names",
		[OPTION_GUARDS] = "",
		[OPTION_PROOFS] = "'end_of_document', 'length', or a list of them",
		[OPTION_KEEP] =
			"a mapping of 'runs', 'days', 'spool_max_bytes', and of 'spool', 'changes', 'complaints' with runs and days of their own",
		[OPTION_REFERENCE] = "'credential:NAME', 'file:PATH', 'command:PROGRAM' or 'env:NAME'",
	};
	if (option->type == OPTION_FIGURES) {
		figures_append_values(option, buffer);
		return;
	}
	if (option->words == NULL || option->type == OPTION_PROOFS) {
		(void)buffer_append_text(buffer, texts[option->type]);
		return;
	}
	for (size_t index = 0; option->words[index] != NULL; index++)
		(void)buffer_append_format(buffer, "%s'%s'", index > 0 ? ", " : "", option->words[index]);
	if (option->type == OPTION_GUARDS)
		(void)buffer_append_text(buffer, ", or a mapping by guard");
}
