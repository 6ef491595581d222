#include "parsers/symbol.h"

#include <stddef.h>

#define PRIVATE		0xF000		/* where Word puts the codes of a font */

static const struct symbol {
	unsigned	 code;
	const char	*tick;
} symbols[] = {
	{ 0xFE, "☑" }, { 0xFD, "☒" }, { 0xA8, "□" }, { 0xFC, "✓" },
	{ 0x6E, "■" }, { 0x6F, "□" }, { 0x71, "□" }, { 0x72, "□" },
	{ 0x52, "☑" }, { 0x53, "☒" }, { 0x54, "☒" }, { 0xA3, "□" },
	{ 0x50, "✓" }, { 0xFB, "☒" }, { 0x78, "☒" },
};

const char *
symbol_tick(unsigned code)
{
	if (code >= PRIVATE)
		code -= PRIVATE;
	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (symbols[i].code == code)
			return symbols[i].tick;
	return NULL;
}
