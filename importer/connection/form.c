/* Letters, digits and '*-._' stand for themselves, a blank is '+', all else is percent-encoded. */
#include "connection/form.h"

#include <string.h>

int form_init(struct form *form, struct error *err)
{
	*form = (struct form){.text = SECRET_INIT};
	return secret_reserve(&form->text, FORM_BYTES_MAX, err);
}

void form_append_byte(struct form *form, char byte)
{
	if (form->text.size == FORM_BYTES_MAX)
		form->is_full = true;
	else
		form->text.data[form->text.size++] = byte; /* the NUL behind it is there */
}

static bool is_plain(char byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
	       (byte != '\0' && strchr("*-._", byte) != NULL);
}

void form_append(struct form *form, struct slice text)
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < text.size; i++) {
		const unsigned char byte = (unsigned char)text.data[i];
		if (is_plain(text.data[i])) {
			form_append_byte(form, text.data[i]);
		} else if (byte == ' ') {
			form_append_byte(form, '+');
		} else {
			form_append_byte(form, '%');
			form_append_byte(form, digits[byte >> 4]);
			form_append_byte(form, digits[byte & 15]);
		}
	}
}

void form_add(struct form *form, const char *name, struct slice value)
{
	if (form->text.size > 0)
		form_append_byte(form, '&');
	form_append(form, slice_from(name));
	form_append_byte(form, '=');
	form_append(form, value);
}
