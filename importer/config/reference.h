/*
 * Where a secret is: 'credential:NAME', 'file:PATH', 'command:WORDS' or
 * {command: [...]}, 'vault:NAME', 'env:NAME'. Configuration has references,
 * never values.
 *
 * What stands where a reference is due may be a secret that somebody wrote
 * there by mistake, so messages about it never repeat it. The folder secret
 * turns references into values.
 */
#pragma once

#include "config/yaml.h"

enum secret_kind {
	SECRET_NONE,
	SECRET_CREDENTIAL,  /* a file in $CREDENTIALS_DIRECTORY, as systemd passes them */
	SECRET_FILE,        /* a file that none but its owner may read */
	SECRET_COMMAND,     /* what a program prints */
	SECRET_VAULT,       /* an entry of the vault */
	SECRET_ENVIRONMENT, /* a variable of the environment: works, with a warning */
};

#define SECRET_ARGUMENTS_MAX 64
#define SECRET_ARGUMENT_BYTES 4096

struct secret_reference {
	enum secret_kind kind;
	const char *name;             /* of credential, entry or variable; path of a file; NULL for a command */
	const char *const *arguments; /* of a command: the program and what it is called with, ending in NULL */
	size_t argument_count;
};

struct secret_reference_place {
	struct arena *arena;    /* keeps what a reference points to */
	const char *folder;     /* relative paths are taken relative to it; so are programs with a '/' */
	const char *suggestion; /* a name for the secret that messages may propose, such as the connection's; NULL = none */
	bool is_key;            /* the key of the vault itself, which cannot be in the vault */
	const struct yaml_document *document;
	struct config_problems *problems;
};

/*
 * A reference in one line of text; document and problems of `place` are not
 * needed. A command is split at blanks, and has no quotes, variables or other
 * syntax of a shell. -1: ERROR_CONFIG, the message repeats nothing of `text`;
 * or ERROR_MEMORY.
 */
must_use int secret_reference_parse(struct slice text, const struct secret_reference_place *place,
                                    struct secret_reference *ret_reference, struct error *err);

/*
 * The value `node` of a mapping, which may also be {command: [PROGRAM, ...]}.
 * A mistake becomes a problem, without the line of the file, and then the
 * kind of `ret_reference` is SECRET_NONE. -1 only without memory.
 */
must_use int secret_reference_read(const struct secret_reference_place *place, const struct yaml_node *node,
                                   struct secret_reference *ret_reference, struct error *err);

/* What may be written, as members of a JSON Schema; the key of the vault is in no vault. */
struct json_writer;
void secret_reference_append_schema(struct json_writer *json, bool is_key);

/* 'vault:acme', 'file:/etc/acme.key'; of a command only its program. For messages and listings. */
#define SECRET_REFERENCE_TEXT_SIZE 256
void secret_reference_describe(const struct secret_reference *reference, char ret_text[SECRET_REFERENCE_TEXT_SIZE]);

/* What is to be said about a kind of reference that is not as safe as the others, or NULL. */
const char *secret_reference_warning(const struct secret_reference *reference);
