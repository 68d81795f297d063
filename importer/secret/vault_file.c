/*
 * The file of a vault. The lock is a file of its own, because the vault's is
 * another one after each change; it stays, for a lock that may be removed is none.
 */
#include "secret/vault_file.h"

#include "base/folder.h"
#include "base/replace.h"
#include "secret/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_PIECE ((size_t)64 * 1024)

static int check_status(const struct stat *status, struct error *err)
{
	if (!S_ISREG(status->st_mode))
		return error_set(err, ERROR_SECRET, "this is not a regular file");
	if ((status->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return error_set(err, ERROR_SECRET,
		                 "refused: group or others have rights to the vault (mode %04o); use 'chmod go='",
		                 (unsigned)(status->st_mode & 07777));
	if (status->st_uid != 0 && status->st_uid != geteuid() && geteuid() != 0)
		return error_set(err, ERROR_SECRET,
		                 "refused: the vault belongs to user %u, neither to root nor to user %u who runs this",
		                 (unsigned)status->st_uid, (unsigned)geteuid());
	if (status->st_size > (off_t)VAULT_BYTES_MAX)
		return error_set(err, ERROR_VAULT, "the file has more than %zu bytes, so it is no vault", VAULT_BYTES_MAX);
	return 0;
}

static int read_all(int fd, struct buffer *bytes, struct error *err)
{
	for (;;) {
		const size_t size_before = bytes->size;
		char *piece = buffer_extend(bytes, READ_PIECE);
		if (piece == NULL)
			return error_set_memory(err);
		const ssize_t size = read(fd, piece, READ_PIECE);
		bytes->size = size_before + (size > 0 ? (size_t)size : 0);
		if (size < 0 && errno != EINTR)
			return error_set_system(err, errno, "the vault cannot be read");
		if (size == 0)
			return 0;
	}
}

int vault_file_read(const char *path, struct buffer *bytes, struct vault_owner *ret_owner, struct error *err)
{
	struct stat status;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, ERROR_NOT_FOUND, "there is no vault yet; 'feedmill secret set NAME' makes it");
	if (fd < 0 && errno == ELOOP)
		return error_set(err, ERROR_SECRET, "refused: this is a symbolic link; name the vault itself");
	if (fd < 0)
		return error_set_system(err, errno, "the vault cannot be opened");
	int result = fstat(fd, &status) < 0 ? error_set_system(err, errno, "the vault cannot be examined") : 0;
	if (result == 0)
		result = check_status(&status, err);
	if (result == 0)
		result = read_all(fd, bytes, err);
	(void)close(fd); /* opened for reading: nothing can be lost */
	if (result == 0)
		*ret_owner = (struct vault_owner){.user = status.st_uid, .group = status.st_gid};
	return result;
}

/* What root makes in the folder of a service is the service's, or it could not read it. */
static void find_owner(const char *folder, struct vault_owner *ret_owner)
{
	struct stat status;
	*ret_owner = (struct vault_owner){.user = (uid_t)-1, .group = (gid_t)-1};
	if (geteuid() == 0 && stat(folder, &status) == 0 && status.st_uid != 0)
		*ret_owner = (struct vault_owner){.user = status.st_uid, .group = status.st_gid};
}

int vault_file_lock(const char *path, struct vault_owner *ret_owner, struct error *err)
{
	char name[PATH_MAX];
	if (file_path_make(path, NULL, name, err) < 0)
		return -1;
	if (folder_make_all(name) < 0)
		return error_set_system(err, errno, "cannot make the folder '%s' for the vault", name);
	struct vault_owner owner;
	find_owner(name, &owner);
	if (file_path_make(path, "-lock", name, err) < 0)
		return -1;
	const int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0)
		return error_set_system(err, errno, "cannot open '%s', the lock of the vault", name);
	/* Best effort: reading needs no lock. */
	const bool is_theirs = owner.user == (uid_t)-1 || fchown(fd, owner.user, owner.group) == 0;
	(void)is_theirs;
	if (flock(fd, LOCK_EX) == 0) { /* another one holds it for about a second */
		*ret_owner = owner;
		return fd;
	}
	if (errno == EINTR)
		(void)error_set(err, ERROR_CANCELLED, "interrupted while another program changes the vault");
	else
		(void)error_set_system(err, errno, "cannot lock '%s'", name);
	(void)close(fd); /* nothing was written */
	return -1;
}

int vault_file_write(const char *path, struct slice bytes, const struct vault_owner *owner, struct error *err)
{
	const struct file_replacement replacement = {
		.path = path,
		.bytes = bytes,
		.rights = 0600,
		.user = owner->user,
		.group = owner->group,
	};
	return file_replace(&replacement, err);
}
