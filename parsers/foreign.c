#include "parsers/foreign.h"

#include <stdint.h>
#include <string.h>
#include <unictype.h>
#include <unistr.h>

#include "parsers/east.h"

#define BYTES_READ	2048		/* enough to know */
#define CONVINCING	15		/* tenths of a point a character */
#define WORST		(-60)		/* the same, where it is no text */

/* A character, and what stands before and behind it. */
struct place {
	ucs4_t	 before, c, after;
};

/* The syllables that Korean texts are made of. */
static const char syllables[] =
	"이다는을가에의하고은로지사도를한기시자대리인어서있나해그아과정수들일부"
	"제으보전라게었여니습까요안녕세감합입주상스비공성원관장유무오구조우국소"
	"신경연방학동명선적만위화진문생모물회업미용체계중개후차내여할된면것저등"
	"없때와년월통발실행분현재반람말거작영산단당치심외크터파일메바트드컴퓨열"
	"았피페점안접속확및되됩했였마건임러디버름락처첨번호찾건려던며않같많든"
	"운강교금남노독래량레료르립망매먼목못받백번법변별불빠뿐새색설식야약양"
	"언얼역예올완왔왕요욕위육율응잘잡졌족존좋줄직집참책청최추출충커타태택"
	"테토투특팀판편평포표품프플필함항향험형혼환활황효흐희힘";

static int
is_ascii_letter(ucs4_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* An ideograph that touches letters is half a letter with an accent. */
static int
ideograph(const struct place *p)
{
	return is_ascii_letter(p->before) || is_ascii_letter(p->after) ? -2 :
	    east_points(p->c);
}

static int
japanese(const struct place *p)
{
	return p->c >= 0x3041 && p->c <= 0x30fe ? 3 : ideograph(p);
}

static int
korean(const struct place *p)
{
	char	own[8];
	int	n;

	if (p->c >= 0x4e00 && p->c < 0xa000)
		return -2;
	if (p->c < 0xac00 || p->c > 0xd7a3)
		return east_points(p->c);
	n = u8_uctomb((uint8_t *)own, p->c, sizeof(own) - 1);
	own[n > 0 ? n : 0] = '\0';
	return strstr(syllables, own) != NULL ? 3 : 1;
}

/* What programs set between words: quotes, dashes, a blank. */
static int
is_sign(ucs4_t c)
{
	return c == 0xa0 || c == 0xab || c == 0xbb || c == 0x20ac ||
	    (c >= 0x2013 && c <= 0x2026) || strchr("\xa1\xa3\xa7\xa9\xae"
	    "\xb0\xb7\xbf", c < 0x100 ? (int)c : 1) != NULL;
}

/* Words of letters of one kind, the first of them a capital or not. */
static int
russian(const struct place *p)
{
	if (p->c != 0x401 && (p->c < 0x410 || p->c > 0x451))
		return is_sign(p->c) || p->c == 0x2116 ? 1 : -4;
	if (is_ascii_letter(p->before) || is_ascii_letter(p->after))
		return -4;
	if (p->before < 0x80 && p->after < 0x80)
		return 1;
	if (uc_is_lower(p->c))
		return p->c == 0x430 || p->c == 0x435 || p->c == 0x438 ||
		    p->c == 0x43e ? 3 : 2;	/* а, е, и, о */
	return uc_is_lower(p->before) ? -4 : uc_is_upper(p->before) ? 1 : 2;
}

/* A letter with an accent among plain ones, or a sign beside ASCII. */
static int
western(const struct place *p)
{
	int	alone = p->before < 0x80 && p->after < 0x80;

	if (p->c < 0xc0 || p->c >= 0x250 || p->c == 0xd7 || p->c == 0xf7)
		return !is_sign(p->c) ? -4 : alone ? 2 : 1;
	if (!is_ascii_letter(p->before) && !is_ascii_letter(p->after))
		return alone && uc_is_lower(p->c) ? 2 : -2;
	return 2;
}

static const struct tongue {
	enum charset	 cs;
	int		 (*points)(const struct place *);
} tongues[] = {
	{ CS_CP932, japanese }, { CS_EUCJP, japanese }, { CS_CP949, korean },
	{ CS_CP1252, western }, { CS_CP1251, russian }, { CS_KOI8R, russian },
};

/* Points of a reading, in tenths for each character that is not ASCII. */
static int
weigh(int (*points)(const struct place *), const char *text, size_t len)
{
	const uint8_t	*s = (const uint8_t *)text, *end = s + len;
	struct place	 p = { ' ', ' ', ' ' };
	int		 sum = 0, n = 0;

	while (s < end || p.after != ' ') {
		p.before = p.c;
		p.c = p.after;
		p.after = ' ';
		if (s < end)
			s += u8_mbtouc(&p.after, s, (size_t)(end - s));
		if (p.c >= 0x80) {
			sum += points(&p);
			n++;
		}
	}
	return n == 0 ? 0 : sum * 10 / n;
}

/* What the bytes are worth as a text of this tongue. */
static int
points_as(const struct tongue *t, const char *bytes, size_t len)
{
	char	out[BYTES_READ * 3 + 16];
	size_t	n, bad = 0;

	len = len > BYTES_READ ? BYTES_READ : len;
	n = charset_convert(t->cs, bytes, len, out, sizeof(out), &bad);
	return bad > len / 50 ? WORST : weigh(t->points, out, n);
}

enum charset
foreign_guess(const char *bytes, size_t len, int *points)
{
	enum charset	 best = CS_NONE;
	int		 sum;

	*points = CONVINCING - 1;
	for (const struct tongue *t = tongues; t < tongues + sizeof(tongues) /
	    sizeof(tongues[0]); t++) {
		sum = points_as(t, bytes, len);
		if (sum > *points) {
			*points = sum;
			best = t->cs;
		}
	}
	return best;
}

int
foreign_points(enum charset cs, const char *bytes, size_t len)
{
	for (const struct tongue *t = tongues; t < tongues + sizeof(tongues) /
	    sizeof(tongues[0]); t++)
		if (t->cs == cs)
			return points_as(t, bytes, len);
	return WORST;
}

int
foreign_reads(const char *utf8, size_t len)
{
	return weigh(western, utf8, len) >= CONVINCING ||
	    weigh(russian, utf8, len) >= CONVINCING;
}
