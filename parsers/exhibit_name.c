/*
 * exhibit_name - what a file's name says it is, and names that lie.
 *
 * A name is judged as the least careful receiver would read it: full-width
 * letters are ASCII, dots and blanks at its end are none, and what turns the
 * direction of writing or takes no room makes it no plain name.
 */
#include "parsers/exhibit.h"

#include <string.h>

#include <unistr.h>

#include "parsers/text.h"

#define NAME_MAX_	255		/* bytes; what a disk takes */
#define ENDING_MAX	24

static const char *const type_endings[] = {
#define X(id, name, endings) [EXHIBIT_##id] = endings,
	EXHIBIT_TYPES(X)
#undef X
};

/* Endings that never go, by what they are. */
static const struct {
	enum exhibit_fault	 fault;
	const char		*endings;
} never[] = {
	{ EXHIBIT_IS_PROGRAM,
	    "exe com scr pif bat cmd ps1 psm1 psd1 ps1xml psc1 psc2 msh vbs vbe "
	    "vb js jse mjs cjs ws wsf wsc wsh sct hta jar class msi msp mst msu "
	    "msix msixbundle appx appxbundle appinstaller application gadget "
	    "dll ocx sys drv cpl vxd inf reg msc xbap diagcab job its ops pcd "
	    "prf prg mde ade adp mad maf mag mam maq mar mas mat mau mav maw "
	    "mda mdb mdt mdw mdz accdb accde accda xll wll ppa vsmacros ax tlb "
	    "py pyc pyw pyz pyzw rb sh bash zsh ksh csh fish pl pm php php3 "
	    "php4 php5 phtml phar asp aspx ashx asmx jsp jspx cgi lua tcl awk "
	    "elf so dylib ko run bin app command workflow action scpt "
	    "applescript osx wasm dex ps eps swf chm hlp theme themepack "
	    "rdp udl iqy oqy rqy dqy slk dif sylk" },
	{ EXHIBIT_IS_SHORTCUT,
	    "lnk url website webloc desktop library-ms search-ms searchconnector-ms "
	    "settingcontent-ms xnk mapimail appref-ms scf glk mag nws" },
	{ EXHIBIT_IS_ARCHIVE,
	    "zip zipx rar 7z gz tgz bz2 tbz tbz2 xz txz zst lz lzma lz4 tar "
	    "cab arj lzh lha ace arc iso img vhd vhdx vmdk wim swm esd deb rpm "
	    "apk ipa dmg pkg cpio ar war ear uu uue xxe b64 hqx sit udf nrg mdf "
	    "cue daa partimg squashfs sfx zoo pak crx xpi vsix whl egg" },
	{ EXHIBIT_IS_OFFICE,
	    "doc dot docx docm dotx dotm docb xls xlt xlm xlsx xlsm xlsb xltx "
	    "xltm xlam xla xlw ppt pot pps pptx pptm potx potm ppsx ppsm ppam "
	    "sldx sldm rtf wri odt ott odm ods ots odp otp odg odf odb sxw wps "
	    "wpt one onepkg onetoc2 pub vsd vsdx vsdm vst vsx mpp hwp et dps" },
	{ EXHIBIT_IS_PAGE,
	    "htm html xhtml xht shtml shtm stm mht mhtml svg svgz xml xsl xslt "
	    "xps oxps htc htt vml ics vcf" },
	{ EXHIBIT_IS_MAIL, "eml emlx msg oft pst ost tnef mbox mbx" },
};

static const char *const devices[] = { "con", "prn", "aux", "nul", "conin$",
	"conout$" };

/* Is the word one of a list that blanks divide? */
static int
listed(const char *list, const char *word, size_t len)
{
	size_t	n;

	if (len == 0)
		return 0;
	for (; *list != '\0'; list += n + (list[n] == ' ')) {
		n = strcspn(list, " ");
		if (n == len && memcmp(list, word, n) == 0)
			return 1;
	}
	return 0;
}

static enum exhibit_type
type_of(const char *s, size_t len)
{
	int	t;

	for (t = 0; t < EXHIBIT_NTYPES; t++)
		if (listed(type_endings[t], s, len))
			break;
	return (enum exhibit_type)t;
}

static enum exhibit_fault
fault_of(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (listed(never[i].endings, s, len))
			return never[i].fault;
	return EXHIBIT_IS_NONE;
}

/* Takes no room, turns the writing, or stands for what could not be read. */
static int
is_sly(ucs4_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad ||
	    c == 0x34f || c == 0x61c || c == 0x115f || c == 0x1160 ||
	    c == 0x17b4 || c == 0x17b5 || (c >= 0x180b && c <= 0x180f) ||
	    (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2060 && c <= 0x206f) || c == 0x2800 || c == 0x3164 ||
	    (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || c == 0xffa0 ||
	    (c >= 0xfff0 && c <= 0xffff) || c >= 0xe0000;
}

/* Does some file system take it for a folder, a stream or a pattern? */
static int
is_special(ucs4_t c)
{
	return c < 0x80 && c != 0 && strchr("/\\:*?\"<>|", (int)c) != NULL;
}

static int
is_plain(const char *name)
{
	const uint8_t	*p = (const uint8_t *)name;
	size_t		 len = strlen(name);
	ucs4_t		 c;
	int		 n;

	if (len > NAME_MAX_ || u8_check(p, len) != NULL)
		return 0;
	for (; *p != '\0'; p += n) {
		n = u8_strmbtouc(&c, p);
		if (n <= 0 || is_sly(c) || is_special(c))
			return 0;
	}
	return *name != '\0' && strchr(" .-~", *name) == NULL;
}

/* Names of devices: "con.txt" is the screen on some systems. */
static int
is_device(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		if (len == strlen(devices[i]) && memcmp(s, devices[i], len) == 0)
			return 1;
	return len == 4 && (memcmp(s, "com", 3) == 0 ||
	    memcmp(s, "lpt", 3) == 0) && s[3] >= '0' && s[3] <= '9';
}

/* One width and case, so that look-alikes of ASCII are ASCII. */
static char *
folded(struct arena *a, const char *name)
{
	struct folded	 f;
	char		*s;

	text_fold(a, name, strlen(name), &f);
	s = arena_strndup(a, f.s, f.len);
	for (char *p = s; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p |= 0x20;
	return s;
}

static void
trim(const char **s, size_t *len)
{
	for (; *len > 0 && **s == ' '; ++*s, --*len)
		;
	for (; *len > 0 && (*s)[*len - 1] == ' '; --*len)
		;
}

enum exhibit_fault
exhibit_name(struct arena *a, const char *name, enum exhibit_type *type)
{
	enum exhibit_fault	 fault;
	const char		*s, *dot, *part;
	size_t			 len, parts = 0;
	int			 inner = 0;

	*type = EXHIBIT_NTYPES;
	if (name == NULL || *name == '\0')
		return EXHIBIT_IS_NO_NAME;
	s = folded(a, name);
	len = strlen(s);
	/* What it is counts before how it is written. */
	part = strrchr(s, '.');
	fault = part == NULL ? EXHIBIT_IS_NONE : fault_of(part + 1,
	    strspn(part + 1, "abcdefghijklmnopqrstuvwxyz0123456789-"));
	if (fault != EXHIBIT_IS_NONE)
		return fault;
	if (!is_plain(name) || len == 0 || s[len - 1] == '.' ||
	    s[len - 1] == ' ' || s[0] == '.' || s[0] == ' ')
		return EXHIBIT_IS_NAME;
	for (part = s; ; part = dot + 1, parts++) {
		dot = strchr(part, '.');
		len = dot == NULL ? strlen(part) : (size_t)(dot - part);
		trim(&part, &len);
		if (parts == 0 && is_device(part, len))
			return EXHIBIT_IS_NAME;
		if (dot == NULL)
			break;
		inner |= parts > 0 && (fault_of(part, len) !=
		    EXHIBIT_IS_NONE || type_of(part, len) != EXHIBIT_NTYPES);
	}
	if (inner)
		return EXHIBIT_IS_DOUBLE;
	if (parts == 0 || len > ENDING_MAX)
		return EXHIBIT_IS_TYPE;
	*type = type_of(part, len);
	return *type == EXHIBIT_NTYPES ? EXHIBIT_IS_TYPE : EXHIBIT_IS_NONE;
}
