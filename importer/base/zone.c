/* Names of time zones. */
#include "base/zone.h"

static bool is_name_byte(char byte)
{
	return (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '_' ||
	       byte == '+' || byte == '-';
}

bool zone_name_is_valid(struct slice name)
{
	bool is_part_start = true;
	if (name.size == 0 || name.size >= ZONE_NAME_SIZE)
		return false;
	for (size_t index = 0; index < name.size; index++) {
		const char byte = name.data[index];
		if (byte == '/' && is_part_start)
			return false;
		if (byte != '/' && !is_name_byte(byte))
			return false;
		/* A part that begins with a sign is no zone of IANA, and a name that does is meant as an offset. */
		if (is_part_start && (byte == '-' || byte == '+'))
			return false;
		is_part_start = byte == '/';
	}
	return !is_part_start;
}
