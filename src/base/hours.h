/*
 * hours.h
 *	  Hours of the day, as gradual.allowed_hours names them.  Pure.
 */
#ifndef GRADUAL_HOURS_H
#define GRADUAL_HOURS_H

/*
 * Is the text a list of ranges ('22:00-06:00, 12:30-13:15')?  If so, *includes
 * tells whether one of them has the minute, counted from midnight.  The end of a
 * range does not belong to it; one that ends before it begins goes over midnight.
 * Empty: no range, which includes nothing.  Needs nothing, allocates nothing.
 */
extern bool gradual_hours_parse(const char *ranges, int minute, bool *includes);

#endif							/* GRADUAL_HOURS_H */
