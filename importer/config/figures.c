/* Mappings of figures: whole numbers and durations by name. */
#include "config/figures.h"

#include "base/number.h"
#include "base/suggest.h"
#include "config/value.h"
#include "config/value_show.h"

#define FIGURES_MAX 8

static int64_t *field_of(const struct option_figure *figure, void *target)
{
	return (int64_t *)(void *)((char *)target + figure->field);
}

static void append_figure(const struct option_figure *figure, int64_t value, struct buffer *buffer)
{
	if (figure->is_duration)
		value_append_duration(buffer, value);
	else
		number_append_integer(buffer, value);
}

void figures_set_defaults(const struct option *option, void *target)
{
	for (const struct option_figure *figure = option->figures; figure->name != NULL; figure++)
		*field_of(figure, target) = figure->default_number;
}

static const struct option_figure *find(const struct option *option, struct slice name)
{
	for (const struct option_figure *figure = option->figures; figure->name != NULL; figure++)
		if (slice_equal_text(name, figure->name))
			return figure;
	return NULL;
}

static void refuse_unknown(const struct settings *settings, const struct yaml_node *mapping, const struct option *option)
{
	const char *known[FIGURES_MAX];
	size_t count = 0;
	for (const struct option_figure *figure = option->figures; figure->name != NULL && count < FIGURES_MAX; figure++)
		known[count++] = figure->name;
	(void)yaml_refuse_unknown(settings->document, mapping, known, count, settings->problems);
}

static int parse(const struct option_figure *figure, struct slice text, int64_t *ret_value, struct error *err)
{
	const struct value_range range = {.minimum = figure->minimum, .maximum = figure->maximum};
	if (figure->is_duration)
		return value_parse_duration(text, range, ret_value, err);
	if (number_parse_integer(text, figure->minimum, figure->maximum, ret_value))
		return 0;
	return error_set(err, ERROR_CONFIG, "'%s' is not a whole number from %lld to %lld", VALUE_SHOW(text),
	                 (long long)figure->minimum, (long long)figure->maximum);
}

void figures_read(const struct settings *settings, const struct yaml_node *mapping, const struct option *option)
{
	refuse_unknown(settings, mapping, option);
	for (const struct yaml_node *node = mapping->first; node != NULL; node = node->next) {
		const struct option_figure *figure = find(option, node->key);
		struct error err = ERROR_INIT;
		if (figure == NULL || !yaml_check_scalar(settings->document, node, settings->problems))
			continue;
		if (parse(figure, node->text, field_of(figure, settings->target), &err) < 0)
			config_problem_at(settings->problems, settings->document, node, false, "%s: %s: %s", option->name,
			                  figure->name, err.message);
	}
}

void figures_append(const struct option *option, const void *target, struct buffer *buffer)
{
	for (const struct option_figure *figure = option->figures; figure->name != NULL; figure++) {
		(void)buffer_append_format(buffer, "%s%s=", figure == option->figures ? "" : ",", figure->name);
		append_figure(figure, *(const int64_t *)(const void *)((const char *)target + figure->field), buffer);
	}
}

void figures_append_values(const struct option *option, struct buffer *buffer)
{
	(void)buffer_append_text(buffer, "a mapping of ");
	for (const struct option_figure *figure = option->figures; figure->name != NULL; figure++) {
		(void)buffer_append_format(buffer, "%s'%s' (default: ", figure == option->figures ? "" : ", ", figure->name);
		append_figure(figure, figure->default_number, buffer);
		(void)buffer_append_byte(buffer, ')');
	}
}

void figures_append_schema(const struct option *option, const char *duration_pattern, struct json_writer *json)
{
	json_member_text(json, "type", "object");
	json_member_bool(json, "additionalProperties", false);
	json_key(json, "properties");
	json_object_begin(json);
	for (const struct option_figure *figure = option->figures; figure->name != NULL; figure++) {
		json_key(json, figure->name);
		json_object_begin(json);
		json_member_text(json, "type", figure->is_duration ? "string" : "integer");
		if (figure->is_duration) {
			json_member_text(json, "pattern", duration_pattern);
		} else {
			json_member_integer(json, "minimum", figure->minimum);
			json_member_integer(json, "maximum", figure->maximum);
		}
		json_object_end(json);
	}
	json_object_end(json);
}
