/*
 * sync.h
 *	  The sync trigger: keeps what a migration fills right in the rows that the
 *	  application writes meanwhile (DESIGN section 6).
 *
 * gradual.sync() is a BEFORE INSERT OR UPDATE row trigger, ENABLE ALWAYS, named
 * ~_gradual_<migration> so that it fires after the users' triggers.  Its
 * arguments come in groups of four, one group a column that is filled:
 *
 *		column		not quoted
 *		expression	over the row's own columns, everything in it qualified
 *		where		the fill's WHERE, '' = all rows
 *		mode		'fill': INSERT and UPDATE, with the settings for what depends on
 *					some ('fill; SET LOCAL "TimeZone" = ..; ..'); 'default': UPDATE only, since the
 *					column's own (volatile) default serves INSERT;
 *					'reverse': the column goes with the swap, and follows the
 *					new ones where the application leaves it out;
 *					'shadow': always, whatever the application wrote to it,
 *					and NULL where the expression raises, with settings as 'fill'; 'strict': the same,
 *					but there the error goes to the application;
 *					'pair': the column is another one under a new name, which
 *					stands in place of the expression, unquoted, both ways
 *
 * Where the table has BEFORE triggers of users a pair is in two triggers: as
 * 'first' in !_gradual_<migration>, which fires before them, and as 'last'.
 *
 * Before complete() nothing of ours may raise in the application's statement:
 * an expression that is not known to be total runs in a subtransaction, and
 * on an error the column keeps what the application wrote.
 */
#ifndef GRADUAL_SYNC_H
#define GRADUAL_SYNC_H

/* Forget compiled expressions; registers the invalidation callbacks.  By _PG_init. */
extern void gradual_sync_init(void);

#endif							/* GRADUAL_SYNC_H */
