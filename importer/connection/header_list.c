/* A list of libcurl's, built by way of memory that is wiped. */
#include "connection/header_list.h"

#include "connection/header_rules.h"
#include "secret/secret.h"

#include <string.h>

int header_list_add(struct curl_slist **list, struct slice name, struct slice value, struct error *err)
{
	struct secret line = SECRET_INIT;
	if (secret_reserve(&line, name.size + value.size + 3, err) < 0)
		return -1;
	header_line_format(name, value, line.data);
	struct curl_slist *longer = curl_slist_append(*list, line.data);
	secret_release(&line);
	if (longer == NULL)
		return error_set_memory(err);
	*list = longer;
	return 0;
}

int header_list_add_scheme(struct curl_slist **list, struct slice name, const char *scheme, struct slice text, struct error *err)
{
	if (*scheme == '\0')
		return header_list_add(list, name, text, err);
	const size_t scheme_size = strlen(scheme);
	struct secret value = SECRET_INIT;
	if (secret_reserve(&value, scheme_size + 1 + text.size, err) < 0)
		return -1;
	memcpy(value.data, scheme, scheme_size);
	value.data[scheme_size] = ' ';
	if (text.size > 0)
		memcpy(value.data + scheme_size + 1, text.data, text.size);
	value.size = scheme_size + 1 + text.size;
	const int outcome = header_list_add(list, name, secret_slice(&value), err);
	secret_release(&value);
	return outcome;
}

void header_list_free(struct curl_slist *list)
{
	for (struct curl_slist *item = list; item != NULL; item = item->next) {
		if (item->data != NULL)
			explicit_bzero(item->data, strlen(item->data));
	}
	curl_slist_free_all(list);
}
