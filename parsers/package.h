#ifndef PACKAGE_H
#define PACKAGE_H

/*
 * package - the XML files of a zipped office document, unpacked within
 * limits.
 *
 * Promise: no more than OFFICE_XML_MAX bytes are unpacked of one document,
 *          however many of its files are read, and none that is packed
 *          beyond reason.  No DTD, no entities, no links are followed,
 *          nothing is executed.
 * Used by: office.c (docx, odt), xlsx.c, ods.c.
 */
#include <stddef.h>

struct package;

/* What stands in an XML file, element by element; names without prefix.
 * end, text: may be NULL. */
struct package_face {
	void	(*start)(void *, const char *name, const unsigned char **atts,
		    int n);
	void	(*end)(void *, const char *name);
	void	(*text)(void *, const char *, size_t len);
};

/* NULL, or why it cannot be opened: one English sentence. */
const char *package_open(struct package **, const char *bytes, size_t len);
void	package_close(struct package **);
int	package_has(struct package *, const char *member);
/* NULL, or why the file was not read to its end, such as an end that is
 * missing where whole is asked for. */
const char *package_read(struct package *, const char *member, int whole,
	    const struct package_face *, void *);

/* From the face: enough was read; or this is no document. */
void	package_stop(struct package *);
void	package_refuse(struct package *);
int	package_depth(const struct package *);	/* of the element, from 1 */
/* An attribute by its name without prefix, not NUL-terminated; or NULL. */
const char *package_attribute(const unsigned char **atts, int n,
	    const char *name, size_t *len);
/* The same, is it this value? */
int	package_says(const unsigned char **atts, int n, const char *name,
	    const char *value);
/* The same as a number, else what is given. */
long	package_number(const unsigned char **atts, int n, const char *name,
	    long other);

#endif
