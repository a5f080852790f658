<?php

declare(strict_types=1);

namespace Hookgate\Admin;

use Hookgate\Guard;
use Hookgate\Pause;
use Hookgate\Secrets;

/**
 * What the page's forms do. Each wants the capability and its own nonce, and answers with a redirect to the page.
 */
final class Actions
{
    public const PAUSE = 'hookgate_pause';
    public const RESUME = 'hookgate_resume';
    public const CREATE_SECRET = 'hookgate_create_secret';
    public const ADD_SECRET = 'hookgate_add_secret';
    public const REMOVE_SECRET = 'hookgate_remove_secret';
    public const GUARD = 'hookgate_guard';

    private const LONGEST_REASON = 200;

    private static ?string $createdSecret = null;

    public static function register(): void
    {
        $actions = [
            self::PAUSE => 'pause',
            self::RESUME => 'resume',
            self::ADD_SECRET => 'addSecret',
            self::REMOVE_SECRET => 'removeSecret',
            self::GUARD => 'guard',
        ];
        foreach ($actions as $action => $method) {
            add_action("admin_post_{$action}", static function () use ($action, $method): void {
                self::authorize($action);
                self::answer(self::$method());
            });
        }
    }

    /**
     * The one form that posts to the page itself: its answer shows the secret, which nothing but the list of secrets
     * ever stores. Its nonce holds only for the list it was shown with, so a reload does not create another.
     */
    public static function createSecretIfAsked(): void
    {
        if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'POST') {
            return;
        }
        self::authorize(self::createNonce());
        if (Secrets::inConstant()) {
            self::answer(Notice::SECRETS_IN_CONSTANT);
        }
        $secret = Secrets::create();
        if (!in_array($secret, Secrets::configured(), true)) {
            self::answer(Notice::NOT_STORED);
        }
        self::$createdSecret = $secret;
        header('Cache-Control: no-store');
    }

    public static function createNonce(): string
    {
        $fingerprints = array_map([Secrets::class, 'fingerprint'], Secrets::configured());
        return self::CREATE_SECRET . ' ' . implode(' ', $fingerprints);
    }

    public static function createdSecret(): ?string
    {
        return self::$createdSecret;
    }

    private static function authorize(string $nonce): void
    {
        if (!current_user_can(Page::CAPABILITY)) {
            wp_die(esc_html__('Sorry, you are not allowed to do that.', 'hookgate'), '', ['response' => 403]);
        }
        if (($_SERVER['REQUEST_METHOD'] ?? '') !== 'POST') {
            wp_die(esc_html__('This needs a form.', 'hookgate'), '', ['response' => 405]);
        }
        check_admin_referer($nonce);
    }

    /**
     * @return never
     */
    private static function answer(string $notice): void
    {
        wp_safe_redirect(add_query_arg(Notice::PARAMETER, $notice, Page::url()), 303);
        exit;
    }

    private static function pause(): string
    {
        $reason = mb_substr(sanitize_text_field(self::text('reason')), 0, self::LONGEST_REASON);
        Pause::set($reason, wp_get_current_user()->user_login);
        return Pause::current() === null ? Notice::NOT_STORED : Notice::PAUSED;
    }

    private static function resume(): string
    {
        Pause::clear();
        return Pause::current() === null ? Notice::RESUMED : Notice::NOT_STORED;
    }

    private static function addSecret(): string
    {
        if (Secrets::inConstant()) {
            return Notice::SECRETS_IN_CONSTANT;
        }
        $secret = trim(self::text('secret'));
        if (!Secrets::isValid($secret)) {
            return Notice::SECRET_REFUSED;
        }
        return Secrets::add($secret) ? Notice::SECRET_ADDED : Notice::NOT_STORED;
    }

    private static function removeSecret(): string
    {
        if (Secrets::inConstant()) {
            return Notice::SECRETS_IN_CONSTANT;
        }
        return Secrets::remove(self::text('fingerprint')) ? Notice::SECRET_REMOVED : Notice::SECRET_NOT_REMOVED;
    }

    private static function guard(): string
    {
        $wanted = self::text('guard') === '1';
        if ($wanted) {
            update_option('hookgate_guard', 1);
        } else {
            delete_option('hookgate_guard');
        }
        if (Guard::isOn() !== $wanted) {
            return Notice::NOT_STORED;
        }
        return $wanted ? Notice::GUARD_ON : Notice::GUARD_OFF;
    }

    private static function text(string $name): string
    {
        $value = wp_unslash($_POST[$name] ?? '');
        return is_string($value) ? $value : '';
    }
}
