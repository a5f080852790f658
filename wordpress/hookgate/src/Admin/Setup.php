<?php

declare(strict_types=1);

namespace Hookgate\Admin;

use Hookgate\Pause;
use Hookgate\Secrets;
use stdClass;

/**
 * Looks at everything that decides whether a delivery can arrive.
 */
final class Setup
{
    // A clock that is set over the network is off by far less; the route refuses what is off by more than 300 seconds.
    private const TOLERABLE_SKEW = 60;

    /**
     * @param list<stdClass>|null $rows the newest attempts, or null if the table cannot be read
     * @return list<Finding>
     */
    public static function findings(?array $rows): array
    {
        return [
            self::secret(),
            self::permalinks(),
            self::restApi(),
            self::table($rows),
            self::pause(),
            self::clock($rows[0] ?? null),
        ];
    }

    private static function secret(): Finding
    {
        $subject = __('Secret', 'hookgate');
        if (Secrets::configured() === []) {
            $text = __('None is set. The route is closed and answers 503.', 'hookgate');
            return new Finding(Finding::CRITICAL, $subject, $text);
        }
        if (Secrets::keys() === []) {
            $text = __('One of those that are set is not valid. The route is closed and answers 503.', 'hookgate');
            return new Finding(Finding::CRITICAL, $subject, $text);
        }
        $text = Secrets::inConstant()
            ? __('Valid, from the constant HOOKGATE_SECRET.', 'hookgate')
            : __('Valid, from the database.', 'hookgate');
        return new Finding(Finding::GOOD, $subject, $text);
    }

    private static function permalinks(): Finding
    {
        $subject = __('Permalinks', 'hookgate');
        if (!self::isRestApiInPlace()) {
            /* translators: %s: a URL */
            $text = __('The REST API is at %s. The gate asks for /wp-json/; choose another structure.', 'hookgate');
            return new Finding(Finding::CRITICAL, $subject, sprintf($text, rest_url()));
        }
        return new Finding(Finding::GOOD, $subject, __('Pretty, as the gate needs them.', 'hookgate'));
    }

    /**
     * Whether the REST API is where the gate asks for it.
     */
    public static function isRestApiInPlace(): bool
    {
        // WordPress may give https to one of them only.
        return set_url_scheme(rest_url(), 'http') === set_url_scheme(home_url('/wp-json/'), 'http');
    }

    private static function restApi(): Finding
    {
        $subject = __('REST API', 'hookgate');
        if (self::isClosedToVisitors()) {
            $text = __('Closed to visitors. Set an application password in the gate: %s.', 'hookgate');
            $text = sprintf($text, 'ORIGIN_USER, ORIGIN_PASSWORD');
            return new Finding(Finding::RECOMMENDED, $subject, $text);
        }
        return new Finding(Finding::GOOD, $subject, __('Open to visitors.', 'hookgate'));
    }

    private static function isClosedToVisitors(): bool
    {
        $user = get_current_user_id();
        // It judges the cookies and the nonce of whoever looks at this.
        $looksAtCookies = remove_filter('rest_authentication_errors', 'rest_cookie_check_errors', 100);
        wp_set_current_user(0);
        try {
            return is_wp_error(apply_filters('rest_authentication_errors', null));
        } finally {
            wp_set_current_user($user);
            if ($looksAtCookies) {
                add_filter('rest_authentication_errors', 'rest_cookie_check_errors', 100);
            }
        }
    }

    private static function table(?array $rows): Finding
    {
        $subject = __('Table of deliveries', 'hookgate');
        if ($rows === null) {
            $text = __('It cannot be read from the database. Deliveries are answered 503.', 'hookgate');
            return new Finding(Finding::CRITICAL, $subject, $text);
        }
        return new Finding(Finding::GOOD, $subject, __('It can be read.', 'hookgate'));
    }

    private static function pause(): Finding
    {
        $subject = __('Pause', 'hookgate');
        $pause = Pause::current();
        if ($pause === null) {
            return new Finding(Finding::GOOD, $subject, __('Not paused.', 'hookgate'));
        }
        /* translators: 1: date and time, 2: user name */
        $text = __('Paused since %1$s by %2$s. Deliveries are answered 503, and senders try again.', 'hookgate');
        $text = sprintf($text, Moment::text($pause['since']), $pause['by']);
        return new Finding(Finding::RECOMMENDED, $subject, $text);
    }

    /**
     * The newest observation counts: the last delivery's, or that of a request refused for its age.
     */
    private static function clock(?stdClass $last): Finding
    {
        $subject = __('Clock', 'hookgate');
        $refused = get_option('hookgate_skew');
        if (isset($refused['seconds'], $refused['at']) && (int) $refused['at'] >= ($last->started ?? 0)) {
            /* translators: 1: number of seconds, 2: date and time */
            $text = __('A delivery was refused at %2$s: its time was %1$s seconds off.', 'hookgate');
            $seconds = number_format_i18n(abs((int) $refused['seconds']));
            $text = sprintf($text, $seconds, Moment::text((int) $refused['at']));
            return new Finding(Finding::RECOMMENDED, $subject, $text);
        }
        if ($last === null) {
            return new Finding(Finding::GOOD, $subject, __('Not compared with the gate’s yet.', 'hookgate'));
        }
        $skew = abs($last->skew);
        /* translators: %s: number of seconds */
        $text = _n('%s second off the gate’s.', '%s seconds off the gate’s.', $skew, 'hookgate');
        $level = $skew > self::TOLERABLE_SKEW ? Finding::RECOMMENDED : Finding::GOOD;
        return new Finding($level, $subject, sprintf($text, number_format_i18n($skew)));
    }
}
