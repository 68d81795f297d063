/* The settings of known senders; sources and vectors stand in the tests. */
#include "connection/hmac.h"

static const struct hmac_scheme presets[] = {
	{
		.name = "standard",
		.header = "webhook-signature",
		.content = "{id}.{timestamp}.{body}",
		.value = "{signatures}",
		.signature_prefix = "v1,",
		.separator = " ",
		.secret_prefix = "whsec_",
		.encoding = HMAC_ENCODING_BASE64,
		.secret_encoding = HMAC_SECRET_BASE64,
		.extra_headers = {{"webhook-id", "{id}"}, {"webhook-timestamp", "{timestamp}"}},
	},
	{
		.name = "svix",
		.header = "svix-signature",
		.content = "{id}.{timestamp}.{body}",
		.value = "{signatures}",
		.signature_prefix = "v1,",
		.separator = " ",
		.secret_prefix = "whsec_",
		.encoding = HMAC_ENCODING_BASE64,
		.secret_encoding = HMAC_SECRET_BASE64,
		.extra_headers = {{"svix-id", "{id}"}, {"svix-timestamp", "{timestamp}"}},
	},
	{.name = "body-hex", .content = "{body}", .value = "{signatures}"},
	{.name = "body-base64", .content = "{body}", .value = "{signatures}", .encoding = HMAC_ENCODING_BASE64},
	{
		.name = "shopify",
		.header = "X-Shopify-Hmac-SHA256",
		.content = "{body}",
		.value = "{signatures}",
		.encoding = HMAC_ENCODING_BASE64,
	},
	{
		.name = "github",
		.header = "X-Hub-Signature-256",
		.content = "{body}",
		.value = "{signatures}",
		.signature_prefix = "sha256=",
	},
	{
		.name = "stripe",
		.header = "Stripe-Signature",
		.content = "{timestamp}.{body}",
		.value = "t={timestamp},{signatures}",
		.signature_prefix = "v1=",
		.separator = ",",
	},
	{
		.name = "slack",
		.header = "X-Slack-Signature",
		.content = "v0:{timestamp}:{body}",
		.value = "{signatures}",
		.signature_prefix = "v0=",
		.extra_headers = {{"X-Slack-Request-Timestamp", "{timestamp}"}},
	},
	{
		.name = "timestamp-target",
		.content = "{timestamp}{method}{target}{body}",
		.value = "{signatures}",
		.extra_headers = {{"X-Timestamp", "{timestamp}"}},
	},
	{
		.name = "rfc9421",
		.header = "Signature",
		.content = "@method @authority @path @query",
		.value = "{signatures}",
		.separator = ", ",
		.encoding = HMAC_ENCODING_BASE64,
		.form = HMAC_FORM_HTTP_SIGNATURE,
	},
};

#define PRESET_COUNT (sizeof(presets) / sizeof(presets[0]))

const struct hmac_scheme *hmac_preset_at(size_t index)
{
	return index < PRESET_COUNT ? &presets[index] : NULL;
}

const struct hmac_scheme *hmac_preset_find(struct slice name)
{
	for (size_t i = 0; i < PRESET_COUNT; i++) {
		if (slice_equal_text(name, presets[i].name))
			return &presets[i];
	}
	return NULL;
}
