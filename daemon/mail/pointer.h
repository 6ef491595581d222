#ifndef POINTER_H
#define POINTER_H

/*
 * pointer - one value in a JSON document by its path. RFC 6901
 */
#include <jansson.h>

/* "/data/case/0/no"; "" is the whole.  Borrowed, or NULL: not there. */
const json_t *pointer_get(const json_t *, const char *pointer);

#endif
