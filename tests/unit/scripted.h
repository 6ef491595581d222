#ifndef SCRIPTED_H
#define SCRIPTED_H

/*
 * scripted - a server in a forked child that does what a script says, for
 * what no real server can be made to do.  One command a line:
 *
 *	accept		wait for the next connection (closes the one before)
 *	S text		send text and CRLF
 *	s text		send text as it is; \r \n \0 \\ and \xHH are escapes
 *	C text		read a line, which must begin with text
 *	M		read a message up to the lone dot and keep it
 *	B n		read n bytes and keep them (an HTTP body)
 *	H		read an HTTP head and its body and keep both
 *	A status|head|body	answer in HTTP, with the right Content-Length;
 *			body has the escapes of s
 *	sleep ms	do nothing
 *	trickle ms text	send text byte by byte
 *	tls name [client]	become a TLS server with that certificate; client:
 *			demand one that is courier.test's
 *	idle		read and forget until the peer goes
 *	gone		the peer goes without a word, or with QUIT only
 *	close		close the connection
 *
 * A script that is not followed to its end fails the test that started it.
 */
#include <sys/types.h>

#include <stddef.h>

#define KEPT_MAX	(4u * 1024 * 1024)

struct scripted_page {			/* shared with the child */
	char	wrong[512];		/* "" as long as all goes by script */
	int	connections;
	int	done;
	size_t	len;
	char	kept[KEPT_MAX];		/* messages, one after the other */
};

struct scripted {
	pid_t	pid;
	int	port;
	struct scripted_page *page;
};

void	scripted_start(struct scripted *, const char *script,
	    const char *cert_dir);
/* Wait for its end and fail the test unless the script was followed. */
void	scripted_end(struct scripted *);
/* End it wherever it is; the page stays readable until scripted_end(). */
void	scripted_kill(struct scripted *);
/* Did the peer say this, in what was kept? */
int	scripted_kept(const struct scripted *, const char *text);

/*
 * A directory with ca.pem and for good, wrong (another name), selfsigned,
 * expired and client a NAME.pem and NAME.key, made by certtool.
 */
const char *certs_make(void);
void	certs_remove(void);
/* A line in a file of that directory that only we can read; its name. */
void	certs_secret(char file[128], const char *name, const char *text);

#endif
