#include "base/fault.h"

#ifdef WITH_FAULTS
#include <sys/mman.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fault_page {
	atomic_long	count;
};

static struct fault_page *page;
static long		 deadly;

static void
fault_map(int fd)
{
	void	*p = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE,
		    MAP_SHARED, fd, 0);

	if (p != MAP_FAILED)
		page = p;
}

/* The page is inherited over fork and exec as an open memfd. */
void
fault_init(void)
{
	const char	*step = getenv("TOCSIN_FAULT_STEP");
	const char	*fds = getenv("TOCSIN_FAULT_FD");
	char		 num[16];
	int		 fd;

	if (step == NULL)
		return;
	deadly = strtol(step, NULL, 10);
	if (fds != NULL) {
		fault_map((int)strtol(fds, NULL, 10));
		return;
	}
	fd = memfd_create("tocsin-fault", 0);
	if (fd == -1 || ftruncate(fd, sizeof(*page)) == -1)
		return;
	(void)snprintf(num, sizeof(num), "%d", fd);
	(void)setenv("TOCSIN_FAULT_FD", num, 1);
	fault_map(fd);
}

void
fault_step(const char *name)
{
	long	n;

	if (page == NULL)
		return;
	n = atomic_fetch_add(&page->count, 1) + 1;
	if (n == deadly) {
		char	line[128];
		int	len = snprintf(line, sizeof(line),
			    "fault: step=%ld at=%s\n", n, name);

		if (write(STDERR_FILENO, line, (size_t)len) < 0)
			_exit(99);
		(void)kill(0, SIGKILL);
	}
}
#else
typedef int	fault_no_faults;	/* ISO C wants one declaration */
#endif
