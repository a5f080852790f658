<?php

declare(strict_types=1);

namespace Hookgate\Admin;

/**
 * A Unix time as people read it, in the site's time zone. Seconds are kept: an audit needs them.
 */
final class Moment
{
    public static function text(int $time): string
    {
        return (string) wp_date('Y-m-d H:i:s', $time);
    }

    public static function html(int $time): string
    {
        return sprintf('<time datetime="%s">%s</time>', esc_attr(gmdate('c', $time)), esc_html(self::text($time)));
    }
}
