/*
 * number.h
 *	  Which statement of a script a place in its text belongs to.
 */
#ifndef GRADUAL_NUMBER_H
#define GRADUAL_NUMBER_H

/*
 * The number of the statement, from 1, that the byte at an offset belongs to,
 * and whether it is the first of a token.  Up to that token the script must be
 * good SQL.  Never raises, so that error callbacks can ask.
 */
extern int	gradual_number_at(const char *script, int offset, bool *is_first);

#endif							/* GRADUAL_NUMBER_H */
