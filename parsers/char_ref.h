#ifndef CHAR_REF_H
#define CHAR_REF_H

/*
 * char_ref - references (&#36890; or &#x901a;) in what is no HTML.
 *
 * A web form or a gateway that cannot write a character in its own charset
 * puts its number there, and &nbsp; for a blank.  References to ASCII and to
 * controls stay: those are somebody's words, and maybe evidence
 * (&#60;script&#62;).
 */

/* s: UTF-8; made shorter in place, and returned. */
char	*char_refs_read(char *s);

#endif
