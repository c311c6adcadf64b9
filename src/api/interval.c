/*
 * interval.c
 *	  Arguments of type interval, as milliseconds.
 */
#include "postgres.h"

#include "api/interval.h"

double
gradual_api_milliseconds(const Interval *interval)
{
	double		days = interval->month * (double) DAYS_PER_MONTH + interval->day;

	return days * SECS_PER_DAY * 1000.0 + interval->time / 1000.0;
}

double
gradual_api_batch_time(const Interval *interval)
{
	double		milliseconds = gradual_api_milliseconds(interval);

	if (milliseconds < 1 || milliseconds > 10000)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for argument \"batch_time\""),
				 errdetail("It must be between 1 millisecond and 10 seconds: that long a batch holds its row locks.")));
	return milliseconds;
}
