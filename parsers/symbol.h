#ifndef SYMBOL_H
#define SYMBOL_H

/*
 * symbol - ticks that Word writes as letters of a symbol font.
 *
 * In: a code of Wingdings or Wingdings 2, as it is or among those for private
 * use: 0xFE or 0xF0FE.  Out: the tick as UTF-8, for ever; NULL when it is none.
 * Source: the tables of the two fonts, of which only boxes and ticks count.
 */
const char *symbol_tick(unsigned code);

#endif
