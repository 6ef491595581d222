#include "config.h"

#include "base/kept.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

struct head {				/* of each note: name, then data */
	uint32_t	name, data;	/* bytes */
};

static int	 noting;		/* the memory file, or 0 */

static struct {
	int		 fd;
	const char	*p;
	size_t		 len;
} held;

static void
give_up(void)
{
	(void)close(noting);
	noting = 0;
}

void
kept_note(void)
{
	if (noting != 0)
		give_up();
	noting = memfd_create("tocsin-rules", MFD_CLOEXEC |
	    MFD_ALLOW_SEALING);
	if (noting < 0)
		noting = 0;
}

int
kept_take(void)
{
	int	fd = noting;

	noting = 0;
	if (fd != 0 && fcntl(fd, F_ADD_SEALS, SEALS) == -1) {
		(void)close(fd);
		return 0;
	}
	return fd;
}

void
kept_add(const char *name, const char *data, size_t len)
{
	struct head	h = { (uint32_t)strlen(name), (uint32_t)len };
	struct iovec	v[] = {
		{ &h, sizeof(h) }, { (void *)(uintptr_t)name, h.name },
		{ (void *)(uintptr_t)data, len }
	};
	ssize_t		n, all = (ssize_t)(sizeof(h) + h.name + len);

	if (noting == 0)
		return;
	do
		n = writev(noting, v, 3);
	while (n == -1 && errno == EINTR);
	if (n != all)
		give_up();		/* half a note is none */
}

int
kept_open(int fd)
{
	struct stat	 st;
	void		*p;

	if (fstat(fd, &st) == -1 || st.st_size == 0)
		return -1;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return -1;
	held.fd = fd;
	held.p = p;
	held.len = (size_t)st.st_size;
	return 0;
}

void
kept_close(void)
{
	if (held.p == NULL)
		return;
	(void)munmap((void *)(uintptr_t)held.p, held.len);
	(void)close(held.fd);
	memset(&held, 0, sizeof(held));
}

/* The last note of a name counts. */
int
kept_find(const char *name, const char **data, size_t *len)
{
	size_t		n = strlen(name), at = 0;
	struct head	h;
	int		found = 0;

	while (held.len - at >= sizeof(h)) {
		memcpy(&h, held.p + at, sizeof(h));
		at += sizeof(h);
		if (held.len - at < (size_t)h.name + h.data)
			break;
		if (h.name == n && memcmp(held.p + at, name, n) == 0) {
			*data = held.p + at + n;
			*len = h.data;
			found = 1;
		}
		at += (size_t)h.name + h.data;
	}
	return found;
}
