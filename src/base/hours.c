/*
 * hours.c
 *	  Hours of the day, as gradual.allowed_hours names them.
 *
 * The same reader checks the setting and answers from it, so what was accepted
 * is what is meant.  It is called while settings are read, also outside of
 * transactions: it raises nothing and allocates nothing.
 */
#include "postgres.h"

#include <ctype.h>

#include "base/hours.h"

#define MINUTES_A_DAY (24 * 60)

static const char *
skip_space(const char *at)
{
	while (isspace((unsigned char) *at))
		at++;
	return at;
}

/* One or two digits; NULL if there are none */
static const char *
read_number(const char *at, int *number)
{
	if (!isdigit((unsigned char) *at))
		return NULL;
	*number = *at++ - '0';
	if (isdigit((unsigned char) *at))
		*number = *number * 10 + (*at++ - '0');
	return at;
}

/* '22:00', '6:30', '24:00' and white space around it; NULL if it is no time */
static const char *
read_time(const char *at, int *minute)
{
	int			hours;
	int			minutes;

	at = read_number(skip_space(at), &hours);
	if (at == NULL || *at++ != ':' || !isdigit((unsigned char) at[0]) ||
		!isdigit((unsigned char) at[1]))
		return NULL;
	at = read_number(at, &minutes);
	*minute = hours * 60 + minutes;
	if (minutes > 59 || *minute > MINUTES_A_DAY)
		return NULL;
	return skip_space(at);
}

bool
gradual_hours_parse(const char *ranges, int minute, bool *includes)
{
	const char *at = skip_space(ranges);

	*includes = false;
	if (*at == '\0')
		return true;
	for (;;)
	{
		int			from;
		int			to;

		at = read_time(at, &from);
		if (at == NULL || *at++ != '-')
			return false;
		at = read_time(at, &to);
		if (at == NULL || from == to)
			return false;
		if (from < to ? from <= minute && minute < to : from <= minute || minute < to)
			*includes = true;
		if (*at == '\0')
			return true;
		if (*at++ != ',')
			return false;
	}
}
