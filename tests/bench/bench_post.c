/* A plain libcurl multi loop: URL FILE N posts the file N times over one
 * connection, one after the other, and prints the seconds it took. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BODY_MAX	(1u << 20)

static size_t
nowhere(char *s, size_t size, size_t n, void *unused)
{
	(void)s;
	(void)unused;
	return size * n;
}

static double
seconds(void)
{
	struct timespec	t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
post(CURLM *multi, CURL *easy)
{
	CURLMsg	*msg;
	long	 code = 0;
	int	 running, left;

	(void)curl_multi_add_handle(multi, easy);
	do {
		if (curl_multi_perform(multi, &running) != CURLM_OK ||
		    (running > 0 && curl_multi_poll(multi, NULL, 0, 1000,
		    NULL) != CURLM_OK))
			return -1;
	} while (running > 0);
	msg = curl_multi_info_read(multi, &left);
	if (msg != NULL && msg->data.result == CURLE_OK)
		(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
	(void)curl_multi_remove_handle(multi, easy);
	return code == 200 ? 0 : -1;
}

int
main(int argc, char **argv)
{
	static char		 body[BODY_MAX];
	struct curl_slist	*head = NULL;
	FILE			*f = argc == 4 ? fopen(argv[2], "rb") : NULL;
	CURLM			*multi = curl_multi_init();
	CURL			*easy = curl_easy_init();
	double			 from;
	size_t			 len;
	long			 n = f != NULL ? strtol(argv[3], NULL, 10) : 0;

	if (f == NULL || n < 1 || multi == NULL || easy == NULL) {
		(void)fprintf(stderr, "usage: bench_post URL FILE N\n");
		return 2;
	}
	len = fread(body, 1, sizeof(body), f);
	(void)fclose(f);
	head = curl_slist_append(head, "Content-Type: application/json");
	(void)curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, head);
	(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	(void)curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, (long)len);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, nowhere);
	(void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
	from = seconds();
	for (long i = 0; i < n; i++)
		if (post(multi, easy) != 0) {
			(void)fprintf(stderr, "post %ld failed\n", i);
			return 1;
		}
	(void)printf("%f\n", seconds() - from);
	curl_slist_free_all(head);
	curl_easy_cleanup(easy);
	(void)curl_multi_cleanup(multi);
	return 0;
}
