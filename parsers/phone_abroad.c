#include "parsers/phone_abroad.h"

#include <string.h>

#include "parsers/words.h"

#define DIGITS_MIN	10		/* of a number with its code */
#define DIGITS_MAX	15		/* E.164 */

struct dialled {
	const char	*d;
	size_t		 n;
	const size_t	*ends;
};

/* By the numbering plan of Taiwan. */
static const char *const carriers[] = {
	"002", "005", "006", "007", "009", "012", "015", "016", "017", "018",
	"019", NULL
};

/* The length of the country code at d, 0: no such country. */
static size_t
code_length(const char *d, size_t n)
{
	static const char two[] = "20 27 30 31 32 33 34 36 39 40 41 43 44 45 "
	    "46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 "
	    "84 86 90 91 92 93 94 95 98 ";
	/* not given to anybody; 28, 83 and 89 neither */
	static const char none[] = "210 214 215 217 219 259 292 293 294 295 "
	    "296 379 384 388 422 424 425 426 427 428 429 671 684 693 694 695 "
	    "696 697 698 699 801 802 803 804 805 806 807 809 851 854 857 858 "
	    "859 871 872 873 874 875 876 877 879 884 885 887 889 969 978 990 "
	    "991 997 999 ";
	char	code[5] = { 0 };

	if (n < 4 || *d == '0')
		return 0;
	if (*d == '1' || *d == '7')
		return 1;
	memcpy(code, d, 2);
	code[2] = ' ';
	if (strstr(two, code) != NULL)
		return 2;
	if (strcmp(code, "28 ") == 0 || strcmp(code, "83 ") == 0 ||
	    strcmp(code, "89 ") == 0)
		return 0;
	memcpy(code, d, 3);
	code[3] = ' ';
	return strstr(none, code) != NULL ? 0 : 3;
}

static int
gap_behind(const struct dialled *p, size_t i)
{
	return i >= p->n || p->ends[i] > p->ends[i - 1] + 1;
}

/* Do the digits behind skip of them make a number of a country? */
static int
reads(const struct dialled *p, size_t skip)
{
	const char	*d = p->d + skip;
	size_t		 left = p->n - skip, code = code_length(d, left);

	if (code == 0 || left < DIGITS_MIN)
		return 0;
	/* these two have ten digits behind their code, and no fewer */
	if (code == 1 && (left < 11 || d[1] < (*d == '1' ? '2' : '3') ||
	    !gap_behind(p, skip + 11)))
		return 0;
	/* a code is written in one group, with or without the prefix */
	for (size_t i = 1; i < code; i++)
		if (gap_behind(p, skip + i))
			return 0;
	for (size_t i = DIGITS_MIN; i <= DIGITS_MAX; i++)
		if (gap_behind(p, skip + i))
			return 1;
	return 0;
}

/* 886 and a number of this country, whatever the zero before the area. */
static int
is_home(const struct dialled *p, size_t skip)
{
	size_t	left = p->n - skip, zero;

	if (left < 11 || memcmp(p->d + skip, "886", 3) != 0)
		return 0;
	zero = p->d[skip + 3] == '0';
	left -= 3 + zero;
	return left >= 8 && (left <= 10 || gap_behind(p, skip + 11 + zero) ||
	    gap_behind(p, skip + 12 + zero));
}

size_t
phone_access(const char *digits, size_t n, const size_t ends[])
{
	struct dialled	 p = { digits, n, ends };
	int		 carrier;

	if (n < 2 + DIGITS_MIN || digits[0] != '0' ||
	    (digits[1] != '0' && digits[1] != '1'))
		return 0;
	carrier = words_start(digits, digits + n, carriers) > 0;
	if (digits[1] == '0' && is_home(&p, 2))
		return 2;
	if (is_home(&p, 3))
		return 3;
	/* a prefix that stands alone is that of a carrier */
	if (carrier && gap_behind(&p, 3) && reads(&p, 3) &&
	    !(digits[1] == '0' && reads(&p, 2)))
		return 3;
	if (digits[1] == '0' && reads(&p, 2))
		return 2;
	return carrier && reads(&p, 3) ? 3 : 0;
}
