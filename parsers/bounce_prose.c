#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "parsers/bounce.h"
#include "parsers/limits.h"
#include "parsers/notice.h"
#include "parsers/reply_line.h"
#include "parsers/reply_word.h"
#include "parsers/tracking.h"

/*
 * From sentences only what has a fixed shape is taken: an address at the
 * start of a line, an enhanced status, a reply code, a line with a
 * Message-ID.  When no line starts with an address: the one that the server
 * was told, the one that our mail was for, or the only one there is.
 */
#define COUNT(x)	(sizeof(x) / sizeof((x)[0]))

/* A copy in which ASCII is in lower case, as all words below are. */
static char *
lowered(struct arena *a, const char *s)
{
	char	*low = arena_strdup(a, s);

	for (char *p = low; *p != '\0'; p++)
		*p = line_lower(*p);
	return low;
}

static int
says_any(const char *low, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strstr(low, words[i]) != NULL)
			return 1;
	return 0;
}

/* A trace field at the start of a line: here a mail begins. */
static int
is_trace(const char *line)
{
	const char	*v;

	line += strspn(line, " \t>");
	if (strncasecmp(line, "Return-Path:", 12) == 0)
		return line[12 + strspn(line + 12, " ")] == '<';
	if (strncasecmp(line, "Received:", 9) != 0)
		return 0;
	v = line + 9 + strspn(line + 9, " ");
	return strncasecmp(v, "from", 4) == 0 || strncasecmp(v, "by ", 3) ==
	    0 || *v == '(';
}

/* Where the copy of our mail starts; NULL: there is none. */
static const char *
copy_of_ours(struct arena *a, const char *s)
{
	static const char *const marks[] = {
		"below this line is a copy of the message",
		"this is a copy of the message", "copy of the original message",
		"start of returned message", "original message as received",
		"original message follows", "original message header",
		"----- original message", "message header follows",
		"unsent message follows", "unsent message",
		"message headers follow", "原始郵件標題", "原始邮件标题",
		"原始訊息標頭",
	};
	const char	*low = lowered(a, s), *first = NULL, *p;

	for (size_t i = 0; i < COUNT(marks); i++) {
		p = strstr(low, marks[i]);
		if (p != NULL && (first == NULL || s + (p - low) < first))
			first = s + (p - low);
	}
	for (p = s; p != NULL && (first == NULL || p < first);
	    p = (p = strchr(p, '\n')) == NULL ? NULL : p + 1)
		if (is_trace(p))
			return p;
	return first;
}

/* What was written around the copy: the sentences above it. */
static char *
above_copy(struct arena *a, const char *text)
{
	const char	*copy = copy_of_ours(a, text);

	return arena_strndup(a, text, copy == NULL ? strlen(text) :
	    (size_t)(copy - text));
}

const char *
bounce_action(const struct bounce *b, const char *text)
{
	static const char *const delays[] = {
		"delayed", "(delay)", "not been delivered yet",
		"not yet been delivered", "still undelivered",
		"will be retried", "do not need to re", "warning message only",
		"will keep trying", "will continue to try",
		"attempts will continue",
		"temporary failure report", "warning: could not send",
		"延遲", "延迟", "繼續嘗試", "继续尝试", "尚未送達",
	};
	static const char *const ends[] = {
		"permanent", "given up", "giving up", "not try again",
		"no further", "永久", "放棄", "放弃",
	};
	struct arena	*a = b->m->arena;
	const char	*words;

	if (says_any(lowered(a, b->r->subject), delays, COUNT(delays)))
		return "delayed";
	words = lowered(a, above_copy(a, text));
	return says_any(words, delays, COUNT(delays)) &&
	    !says_any(words, ends, COUNT(ends)) ? "delayed" : "failed";
}

static const char *
id_line_in(struct arena *a, const char *s)
{
	const char	*p = s;
	size_t		 at = 0, n;

	while (p != NULL && *p != '\0') {
		p += strspn(p, " \t>");
		if (strncasecmp(p, "Message-ID:", 11) == 0) {
			n = strcspn(p, "\n");
			if (p[n] == '\n' && (p[n + 1] == ' ' ||
			    p[n + 1] == '\t'))
				n += 1 + strcspn(p + n + 1, "\n");
			return id_next(a, p, n, &at);
		}
		p = strchr(p, '\n');
		p = p == NULL ? NULL : p + 1;
	}
	return NULL;
}

const char *
bounce_id_line(struct arena *a, const char *text)
{
	const char	*copy = copy_of_ours(a, text), *id = NULL;

	if (copy != NULL)
		id = id_line_in(a, copy);
	return id == NULL ? id_line_in(a, text) : id;
}

/* The number in the first "Subject:" line that has one. */
const char *
bounce_number_line(const struct bounce *b, const char *text)
{
	static const char *const names[] = { "Subject:", "主旨:", "主旨：",
	    "主题:", "主题：" };
	const char	*number = NULL;

	for (const char *p = text; p != NULL && number == NULL;
	    p = (p = strchr(p, '\n')) == NULL ? NULL : p + 1) {
		p += strspn(p, " \t>");
		for (size_t i = 0; i < COUNT(names); i++)
			if (strncasecmp(p, names[i], strlen(names[i])) == 0)
				number = tracking_find(b->m->arena,
				    b->pc->tracking_pattern, p,
				    strcspn(p, "\n"));
	}
	return number;
}

/* The word at p, when it is an address; its length is put into *n. */
static const char *
address_at(struct arena *a, const char *p, size_t *n)
{
	const char	*addr;
	size_t		 len = 0;

	while (p[len] > ' ' && p[len] < 0x7f && strchr("<>:;,()[]\"'*",
	    p[len]) == NULL)
		len++;
	*n = len;
	while (len > 0 && p[len - 1] == '.')
		len--;
	if (len == 0 || memchr(p, '@', len) == NULL)
		return NULL;
	addr = bounce_address(a, arena_strndup(a, p, len));
	return addr;
}

static int
is_same(const char *a, const char *b)
{
	return b != NULL && strcasecmp(a, b) == 0;
}

static int
is_party(const struct bounce *b, const char *addr)
{
	const struct report	*r = b->r;

	if (is_same(addr, r->from_addr) || is_same(addr, r->reply_to) ||
	    is_same(addr, r->return_path))
		return 1;
	for (size_t i = 0; i < r->n_recipients; i++)
		if (is_same(addr, r->recipients[i]))
			return 1;
	return 0;
}

/* An address in a line that starts with it, or with a mark before it; those
 * of the bounce's own header only when nobody else is named. */
static struct bounce_recipient *
line_address(struct bounce *b, const char *line, const char *action,
    int parties)
{
	struct bounce_recipient	*to;
	const char	*addr;
	size_t		 n;

	line += strspn(line, " \t<>\"'*-");
	addr = address_at(b->m->arena, line, &n);
	/* "postmaster@our.host can help you": not who failed */
	if (addr == NULL || is_same(addr, b->r->from_addr) ||
	    (!parties && is_party(b, addr)))
		return NULL;
	to = bounce_recipient(b, addr);
	if (to != NULL && to->action == NULL)
		to->action = action;
	return to;
}

static int
has_reply_code(const char *s, size_t n)
{
	for (size_t i = 0; i + 4 <= n; i++)
		if ((s[i] == '4' || s[i] == '5') && s[i + 1] <= '5' &&
		    isdigit((unsigned char)s[i + 1]) &&
		    isdigit((unsigned char)s[i + 2]) &&
		    (s[i + 3] == ' ' || s[i + 3] == '-') &&
		    (i == 0 || !isalnum((unsigned char)s[i - 1])) &&
		    (i == 0 || s[i - 1] != '.'))
			return 1;
	return 0;
}

/* What a line says of the one whose address stands above it. */
static void
take_reason(struct bounce *b, const char *line, struct bounce_recipient *to)
{
	if (to->status == NULL)
		to->status = bounce_status(b->m->arena, line);
	if (to->diagnostic == NULL && has_reply_code(line, strlen(line)))
		to->diagnostic = line + strspn(line, " \t");
}

/* The address behind "RCPT TO:" in a piece of an SMTP dialogue, or NULL. */
static const char *
told_server(struct arena *a, const char *words)
{
	const char	*p = words, *addr = NULL;
	size_t		 n;

	while (addr == NULL && (p = strcasestr(p, "RCPT TO:")) != NULL) {
		p += 8;
		addr = address_at(a, p + strspn(p, " <"), &n);
	}
	return addr;
}

/* "553 5.3.0 <a@b>... Addressee unknown": whom a server would not have. */
static void
refused_lines(struct bounce *b, char *words, const char *action)
{
	struct bounce_recipient	*to;
	const char	*p, *addr;
	size_t		 n;

	for (char *line = words, *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		p = line + strspn(line, " \t>");
		if (strlen(p) < 4 || !has_reply_code(p, 4))
			continue;
		p += 4;
		p += strspn(p, "0123456789. <");
		addr = address_at(b->m->arena, p, &n);
		if (addr == NULL || is_party(b, addr))
			continue;
		to = bounce_recipient(b, addr);
		if (to == NULL)
			continue;
		if (to->action == NULL)
			to->action = action;
		take_reason(b, line, to);
	}
}

/* The only address that is no server's, nor the bounce's, nor ours. */
static const char *
only_stranger(struct bounce *b, const char *words)
{
	const char	*p = words, *addr, *only = NULL;
	size_t		 n;

	for (; *p != '\0'; p += n) {
		addr = address_at(b->m->arena, p, &n);
		n += n == 0;
		if (addr == NULL || notice_is_server(addr) ||
		    is_party(b, addr))
			continue;
		if (only != NULL && strcasecmp(only, addr) != 0)
			return NULL;
		only = addr;
	}
	return only;
}

static struct bounce_recipient *
guess_recipient(struct bounce *b, const char *words, const char *action)
{
	const char		*addr = told_server(b->m->arena, words);
	struct bounce_recipient	*to;

	if (addr == NULL)
		addr = b->sent_to;
	if (addr == NULL)
		addr = only_stranger(b, words);
	to = addr == NULL ? NULL : bounce_recipient(b, addr);
	if (to != NULL && to->action == NULL)
		to->action = action;
	return to;
}

/* Addresses, then what is said of them on the lines below; of one alone also
 * what is said above. */
static void
read_lines(struct bounce *b, char *words, const char *action, int parties)
{
	struct bounce_recipient	*last = NULL, early, *to;

	memset(&early, 0, sizeof(early));
	for (char *line = words, *next; line != NULL; line = next) {
		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		to = line_address(b, line, action, parties);
		last = to == NULL ? last : to;
		take_reason(b, line, last == NULL ? &early : last);
	}
	if (b->r->n_bounced != 1)
		return;
	last = &b->r->bounced[0];
	if (last->status == NULL && last->diagnostic == NULL) {
		last->status = early.status;
		last->diagnostic = early.diagnostic;
	}
}

/* The header of the copy, without what stands before each of its lines when
 * it is quoted or set in; NULL: there is no copy. */
static const char *
clean_copy(struct arena *a, const char *copy)
{
	const char	*p = copy;
	size_t		 margin, len = 0;
	char		*out;

	if (p != NULL && !is_trace(p)) {
		p = strchr(p, '\n');
		if (p != NULL)
			p += strspn(p, "\n-=");
	}
	if (p == NULL)
		return NULL;
	margin = strspn(p, " \t>");
	out = arena_alloc(a, strlen(p) + 1);
	while (*p != '\0') {
		size_t	skip = strspn(p, " \t>"), n;

		p += skip < margin ? skip : margin;
		n = strcspn(p, "\n");
		n += p[n] == '\n';
		memcpy(out + len, p, n);
		len += n;
		p += n;
	}
	return out;
}

const char *
bounce_copy_author(struct arena *a, const char *text)
{
	const char		*copy = clean_copy(a, copy_of_ours(a, text));
	const struct header	*f;
	struct headers		 h;
	struct address		 one;
	size_t			 at = 0;

	if (copy == NULL)
		return NULL;
	headers_scan(a, copy, strlen(copy), HEADER_MAX, &h);
	f = header_first(&h, "From");
	return f != NULL && address_next(a, f->value, f->len, &at, &one,
	    NULL) ? one.addr : NULL;
}

int
bounce_has_code(const char *text)
{
	return has_reply_code(text, strlen(text));
}

/* Behind empty lines, rules, and what a gateway wrote over the mail. */
static const char *
to_words(const char *s)
{
	struct mail_line	l = { NULL, 0, 0, 0 };

	for (;;) {
		while (*s == '\n' || *s == ' ')
			s++;
		l.s = s;
		l.len = strcspn(s, "\n");
		if (l.len == 0 || !mail_is_banner(&l))
			break;
		s += l.len;
	}
	while (*s == '\n' || *s == ' ' || ispunct((unsigned char)*s))
		s++;
	return s;
}

/* Does it open so?  "Your message" with a line of its own may have blanks
 * behind it. */
static int
begins(const char *s, const char *opening)
{
	size_t	n = strlen(opening), line = opening[n - 1] == '\n';

	if (strncasecmp(s, opening, n - line) != 0)
		return 0;
	s += n - line;
	return !line || s[strspn(s, " \t\r\xc2\xa0")] == '\n';
}

int
bounce_opens(const char *text)
{
	static const char *const openings[] = {
		"This message was created automatically by mail delivery",
		"This is the mail system at host", "Hi. This is the ",
		"This is an automatically generated Delivery Status",
		"This is a delivery status notification",
		"A message that you sent could not be delivered",
		"A message you sent could not be delivered",
		"Your message could not be delivered",
		"Your message was not delivered",
		"Your message with subject", "Your message to ",
		"The following message could not be delivered",
		"The following message to ", "The following address",
		"Could not deliver message to", "Unable to deliver message to",
		"Delivery to the following recipient",
		"Delivery has failed to these recipients",
		"The original message was received at",
		"I'm sorry to have to inform you",
		"I was unable to deliver your message",
		"Failed Recipient", "您的郵件無法傳遞", "您的郵件無法傳送",
		"您的郵件未能", "您寄出的郵件", "您寄送的郵件", "您寄的信件",
		"傳遞給下列收件者", "無法傳遞至下列收件者", "以下收件者",
		"下列收件者", "您的邮件无法", "您的邮件被退回", "抱歉，您的邮件",
		"这封邮件由", "這封信是由郵件系統", "這是郵件系統",
		"Your message\n", "Votre message\n", "Votre message n'a pas",
		"Votre courrier n'a pas", "Échec de la remise",
		"Erreur de remise", "Impossible de remettre",
		"La remise a échoué", "Le message n'a pas", "Il messaggio non",
		"Impossibile recapitare", "Impossibile consegnare",
		"Recapito non riuscito", "Consegna non riuscita",
		"No se pudo entregar", "No se ha podido entregar",
		"No se puede entregar", "Error de entrega", "Su mensaje no",
		"El mensaje no", "Falha na entrega", "Sua mensagem não",
		"Não foi possível entregar", "Ihre Nachricht konnte nicht",
		"Die Nachricht konnte nicht", "Fehler bei der Nachrichten",
		"Nie można dostarczyć", "Nie udało się dostarczyć",
		"Wiadomość nie", "De bezorging", "Uw bericht kon niet",
		"Не удалось доставить", "Ваше сообщение не", "次の宛先",
		"次の受信者", "以下の宛先", "以下の受信者", "以下のメール",
		"配信できません", "メールを配信できません", "다음 받는 사람",
	};
	const char	*p = to_words(text);

	for (size_t i = 0; i < COUNT(openings); i++)
		if (begins(p, openings[i]))
			return 1;
	return 0;
}

void
bounce_prose(struct bounce *b, const char *text)
{
	struct arena	*a = b->m->arena;
	const char	*copy = clean_copy(a, copy_of_ours(a, text));
	const char	*action = bounce_action(b, text);
	char		*words = above_copy(a, text);

	if (copy != NULL)
		bounce_copy(b, copy, strlen(copy));
	read_lines(b, arena_strdup(a, words), action, 0);
	if (b->r->n_bounced == 0 && only_stranger(b, words) == NULL)
		refused_lines(b, arena_strdup(a, words), action);
	if (b->r->n_bounced == 0)
		read_lines(b, arena_strdup(a, words), action,
		    guess_recipient(b, words, action) == NULL);
}
