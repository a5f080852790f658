<?php

declare(strict_types=1);

namespace Hookgate;

use WP_User;

/**
 * Users who are members of this site. E-mail addresses and logins ignore case, as they do in WordPress.
 */
final class Users
{
    public static function byId(string $text): ?WP_User
    {
        $id = Objects::number($text);
        $user = $id === null ? null : self::member('id', $id);
        return $user !== null && $user->ID === $id ? $user : null;
    }

    public static function byEmail(string $text): ?WP_User
    {
        $user = is_email($text) === $text ? self::member('email', $text) : null;
        return $user !== null && strcasecmp($user->user_email, $text) === 0 ? $user : null;
    }

    public static function byLogin(string $text): ?WP_User
    {
        $user = self::member('login', $text);
        return $user !== null && strcasecmp($user->user_login, $text) === 0 ? $user : null;
    }

    /**
     * @param int|string $value
     */
    private static function member(string $field, $value): ?WP_User
    {
        $user = get_user_by($field, $value);
        return $user instanceof WP_User && is_user_member_of_blog($user->ID) ? $user : null;
    }
}
