/* References to secrets as a JSON Schema: text, or a command as a list. */
#include "config/reference.h"

#include "base/json.h"

void secret_reference_append_schema(struct json_writer *json, bool is_key)
{
	json_key(json, "oneOf");
	json_array_begin(json);
	json_object_begin(json);
	json_member_text(json, "type", "string");
	json_member_text(json, "pattern", is_key ? "^(credential|file|command|env):.+" : "^(credential|file|command|vault|env):.+");
	json_object_end(json);
	json_object_begin(json);
	json_member_text(json, "type", "object");
	json_member_bool(json, "additionalProperties", false);
	json_key(json, "required");
	json_array_begin(json);
	json_text(json, "command");
	json_array_end(json);
	json_key(json, "properties");
	json_object_begin(json);
	json_key(json, "command");
	json_object_begin(json);
	json_member_text(json, "type", "array");
	json_member_integer(json, "minItems", 1);
	json_key(json, "items");
	json_object_begin(json);
	json_member_text(json, "type", "string");
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	json_object_end(json);
	json_array_end(json);
}
