/* What a client sends to a token endpoint, and what the answer means. */
#include "connection/oauth2.h"

#include "base/json.h"
#include "connection/base64.h"
#include "connection/form.h"
#include "connection/header_list.h"
#include "connection/header_rules.h"
#include "connection/kind.h"
#include "connection/oauth2_assertion.h"
#include "connection/session.h"
#include "connection/token_request.h"
#include "secret/exchange.h"

#include <stdio.h>

const char *const oauth2_method_words[] = {
	[OAUTH2_METHOD_BASIC] = "client_secret_basic",
	[OAUTH2_METHOD_POST] = "client_secret_post",
	[OAUTH2_METHOD_BASIC_UNENCODED] = "basic_unencoded",
	[OAUTH2_METHOD_PRIVATE_KEY_JWT] = "private_key_jwt",
	[OAUTH2_METHOD_NONE] = "none",
	NULL,
};

/* What is sent once. */
struct parcel {
	struct connection_session *session;
	const struct connection_network *network;
	struct url url;
	struct form form;
	struct curl_slist *headers;
};

enum oauth2_method oauth2_method_of(const struct connection *connection)
{
	return (enum oauth2_method)connection_choice(connection, OAUTH2_METHOD, OAUTH2_METHOD_BASIC);
}

/* ---- The request ---- */

static const char *text_of(const struct parcel *parcel, enum oauth2_field field)
{
	return parcel->session->connection->texts[field];
}

static struct slice value_of(const struct parcel *parcel, enum oauth2_field field)
{
	return secret_slice(&parcel->session->values[field]);
}

static void add_text(struct parcel *parcel, const char *name, enum oauth2_field field)
{
	if (text_of(parcel, field) != NULL)
		form_add(&parcel->form, name, slice_from(text_of(parcel, field)));
}

/* id and secret, each as in a form or as they are (RFC 6749, 2.3.1), then as of RFC 7617 */
static int add_basic(struct parcel *parcel, bool is_encoded, struct error *err)
{
	const struct slice parts[] = {slice_from(text_of(parcel, OAUTH2_CLIENT_ID)), value_of(parcel, OAUTH2_CLIENT_SECRET)};
	struct form pair;
	struct secret *token = &parcel->session->made[CONNECTION_MADE_CLIENT];
	if (form_init(&pair, err) < 0)
		return -1;
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; !is_encoded && k < parts[i].size; k++)
			form_append_byte(&pair, parts[i].data[k]);
		if (is_encoded)
			form_append(&pair, parts[i]);
		if (i == 0)
			form_append_byte(&pair, ':');
	}
	int outcome = pair.is_full ? error_set(err, ERROR_LIMIT, "the client's id and secret are too long") : 0;
	if (outcome == 0)
		outcome = base64_encode(secret_slice(&pair.text), token, err);
	if (outcome == 0)
		outcome = header_list_add_scheme(&parcel->headers, slice_from("Authorization"), "Basic", secret_slice(token), err);
	secret_release(&pair.text);
	return outcome;
}

static int add_assertion(struct parcel *parcel, struct error *err)
{
	struct secret *assertion = &parcel->session->made[CONNECTION_MADE_CLIENT];
	if (oauth2_assertion_make(parcel->session, parcel->url.text, clock_now_ms(&parcel->network->clock), assertion, err) < 0)
		return -1;
	add_text(parcel, "client_id", OAUTH2_CLIENT_ID);
	form_add(&parcel->form, "client_assertion_type", slice_from("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
	form_add(&parcel->form, "client_assertion", secret_slice(assertion));
	return 0;
}

static int add_client(struct parcel *parcel, struct error *err)
{
	switch (oauth2_method_of(parcel->session->connection)) {
	case OAUTH2_METHOD_BASIC:
		return add_basic(parcel, true, err);
	case OAUTH2_METHOD_BASIC_UNENCODED:
		return add_basic(parcel, false, err);
	case OAUTH2_METHOD_PRIVATE_KEY_JWT:
		return add_assertion(parcel, err);
	case OAUTH2_METHOD_POST:
		add_text(parcel, "client_id", OAUTH2_CLIENT_ID);
		form_add(&parcel->form, "client_secret", value_of(parcel, OAUTH2_CLIENT_SECRET));
		return 0;
	case OAUTH2_METHOD_NONE:
		break;
	}
	add_text(parcel, "client_id", OAUTH2_CLIENT_ID);
	return 0;
}

static int pack(struct parcel *parcel, const struct secret *refresh_token, struct error *err)
{
	const struct connection *connection = parcel->session->connection;
	form_add(&parcel->form, "grant_type", slice_from(refresh_token != NULL ? "refresh_token" : "client_credentials"));
	if (refresh_token != NULL)
		form_add(&parcel->form, "refresh_token", secret_slice(refresh_token));
	add_text(parcel, "scope", OAUTH2_SCOPE);
	add_text(parcel, "audience", OAUTH2_AUDIENCE);
	add_text(parcel, "resource", OAUTH2_RESOURCE);
	for (size_t i = 0; i < connection->header_count; i++)
		form_add(&parcel->form, connection->headers[i].name.data, slice_from(connection->headers[i].text));
	if (add_client(parcel, err) < 0)
		return -1;
	return parcel->form.is_full ? error_set(err, ERROR_LIMIT, "the request for a token is too long") : 0;
}

/* ---- The answer ---- */

static int refuse(const struct parcel *parcel, const struct token_response *response, struct error *err)
{
	struct token_refusal refusal;
	char wait[64] = "";
	const bool is_busy = response->status == 408 || response->status == 425 || response->status == 429 ||
	                     (response->status >= 500 && response->status <= 599);
	token_refusal_read(secret_slice(&response->body), &refusal);
	connection_mask(parcel->session, refusal.error);
	connection_mask(parcel->session, refusal.description);
	const enum error_code code = is_busy || token_refusal_is_temporary(&refusal) ? ERROR_NETWORK : ERROR_REFUSED;
	if (code == ERROR_NETWORK)
		parcel->session->retry_after_s = response->retry_after_s;
	if (response->retry_after_s > 0)
		(void)snprintf(wait, sizeof(wait), ", Retry-After: %lld", (long long)response->retry_after_s); /* fits */
	if (response->status >= 300 && response->status <= 399)
		(void)error_set(err, code, "answered %ld, and no redirect is followed with credentials", response->status);
	else if (refusal.error[0] == '\0')
		(void)error_set(err, code, "answered %ld%s", response->status, wait);
	else if (refusal.description[0] == '\0')
		(void)error_set(err, code, "answered %ld: '%s'%s", response->status, refusal.error, wait);
	else
		(void)error_set(err, code, "answered %ld: '%s' ('%s')%s", response->status, refusal.error, refusal.description,
		                wait);
	err->number = response->status;
	return -1;
}

static int deliver(struct parcel *parcel, struct token_answer *ret_answer, struct error *err)
{
	struct token_response response;
	const struct token_request request = {
		.url = &parcel->url,
		.cacert = text_of(parcel, OAUTH2_CACERT),
		.form = secret_slice(&parcel->form.text),
		.headers = parcel->headers,
		.network = parcel->network,
	};
	if (token_request_make(&request, &response, err) < 0)
		return -1;
	const int outcome = response.status == 200 ? token_answer_read(secret_slice(&response.body), ret_answer, err)
	                                           : refuse(parcel, &response, err);
	secret_release(&response.body);
	return outcome;
}

static int ask(struct parcel *parcel, const struct secret *refresh_token, struct token_answer *ret_answer, struct error *err)
{
	int outcome = form_init(&parcel->form, err);
	if (outcome == 0)
		outcome = pack(parcel, refresh_token, err);
	if (outcome == 0)
		outcome = deliver(parcel, ret_answer, err);
	header_list_free(parcel->headers);
	secret_release(&parcel->form.text);
	return outcome;
}

/* ---- Refresh tokens ---- */

/* A new refresh token is on the disk before anything is done with what came with it. */
static int keep(struct parcel *parcel, const struct secret_exchange *exchange, const struct token_answer *answer, struct error *err)
{
	struct secret *current = &parcel->session->values[OAUTH2_REFRESH_TOKEN];
	if (answer->refresh_token.size == 0 || secret_equal(&answer->refresh_token, current))
		return 0;
	if (secret_exchange_store(exchange, &answer->refresh_token, err) < 0)
		return error_wrap(err, "the endpoint gave a new refresh token, which cannot be stored");
	return secret_copy(current, secret_slice(&answer->refresh_token), err);
}

static int ask_by_refresh_token(struct parcel *parcel, struct token_answer *ret_answer, struct error *err)
{
	struct connection_session *session = parcel->session;
	struct secret *current = &session->values[OAUTH2_REFRESH_TOKEN];
	struct secret_exchange exchange;
	if (secret_exchange_begin(&exchange, session->resolver, &session->connection->references[OAUTH2_REFRESH_TOKEN], current,
	                          err) < 0)
		return -1;
	struct error lost = ERROR_INIT;
	int outcome = ask(parcel, current, ret_answer, err);
	/* Also of an answer that is refused otherwise: the server may take no other one any more. */
	if (keep(parcel, &exchange, ret_answer, &lost) < 0) {
		*err = lost;
		outcome = -1;
	}
	secret_exchange_end(&exchange);
	return outcome;
}

/* To this machine http is nobody else's to read; by way of a proxy it is. */
static int check_transport(const struct parcel *parcel, struct error *err)
{
	if (parcel->url.is_secure || parcel->session->connection->allows_insecure_http || parcel->network->proxy == NULL)
		return 0;
	return error_set(err, ERROR_REFUSED, "it is asked over https only, because there is a proxy");
}

int oauth2_ask(struct connection_session *session, const struct connection_network *network, struct token_answer *ret_answer,
               struct error *err)
{
	struct parcel parcel = {.session = session, .network = network};
	session->retry_after_s = 0;
	*ret_answer = (struct token_answer){.access_token = SECRET_INIT, .refresh_token = SECRET_INIT};
	if (url_parse(session->connection->texts[OAUTH2_TOKEN_URL], &parcel.url, err) < 0)
		return error_wrap(err, "token_url");
	int outcome = check_transport(&parcel, err);
	if (outcome == 0)
		outcome = session->connection->references[OAUTH2_REFRESH_TOKEN].kind != SECRET_NONE
		                  ? ask_by_refresh_token(&parcel, ret_answer, err)
		                  : ask(&parcel, NULL, ret_answer, err);
	if (outcome < 0) {
		token_answer_release(ret_answer);
		connection_mask(session, err->message);
		(void)error_wrap(err, "the token endpoint '%s'", parcel.url.host);
	}
	url_release(&parcel.url);
	return outcome;
}
