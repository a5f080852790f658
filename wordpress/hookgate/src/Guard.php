<?php

declare(strict_types=1);

namespace Hookgate;

/**
 * Keeps everybody but the gate from WunderAutomation's own webhook URL, if the admin wants so.
 */
final class Guard
{
    private const OPTION = 'hookgate_guard';
    private const DEFAULT_SLUG = 'wa-hook';

    public static function register(): void
    {
        // WunderAutomation looks at the URL at the very end of `init`.
        add_action('init', [self::class, 'check'], PHP_INT_MAX - 1);
    }

    public static function isOn(): bool
    {
        return (bool) get_option(self::OPTION);
    }

    public static function check(): void
    {
        // Asked first: a site without WunderAutomation has nothing to look up at every page.
        if (!function_exists('wa_wa') || !self::isOn() || !self::isWebhook()) {
            return;
        }
        if (!self::isFromGate()) {
            self::refuse(401, 'Authentication failed');
        }
        if (Pause::current() !== null) {
            header('Retry-After: ' . Answer::RETRY_PAUSED);
            self::refuse(503, 'Paused');
        }
    }

    /**
     * Whether WunderAutomation would take the request for a webhook: this is its own expression.
     */
    private static function isWebhook(): bool
    {
        $slug = get_option('wunderauto-general')['webhookslug'] ?? self::DEFAULT_SLUG;
        $slug = preg_quote((string) $slug, '/');
        return preg_match("/{$slug}\/([a-z0-9_\-]*)/", sanitize_text_field(self::server('REQUEST_URI'))) === 1;
    }

    /**
     * The gate posts JSON, in the one spelling that WunderAutomation reads. Its signature does not cover a query.
     */
    private static function isFromGate(): bool
    {
        return self::server('REQUEST_METHOD') === 'POST'
            && strpos(self::server('REQUEST_URI'), '?') === false
            && self::server('CONTENT_TYPE') === 'application/json'
            && self::isSigned();
    }

    private static function isSigned(): bool
    {
        $body = (string) file_get_contents('php://input', false, null, 0, Signature::LONGEST_BODY + 1);
        return Signature::verify(
            self::server('HTTP_WEBHOOK_ID'),
            self::server('HTTP_WEBHOOK_TIMESTAMP'),
            self::server('HTTP_WEBHOOK_SIGNATURE'),
            $body,
            Secrets::keys()
        ) !== null;
    }

    /**
     * Refuses as WunderAutomation does.
     */
    private static function refuse(int $status, string $message): void
    {
        status_header($status);
        nocache_headers();
        if (wp_is_json_request()) {
            header('Content-Type: application/json; charset=UTF-8');
            echo wp_json_encode([
                'code' => 'fail',
                'message' => $message,
                'data' => ['status' => $status],
                'additional_errors' => [],
            ]);
        } else {
            header('Content-Type: text/plain; charset=UTF-8');
            echo "code: fail\nmessage: {$message}\nstatus: {$status}";
        }
        exit;
    }

    private static function server(string $name): string
    {
        $value = $_SERVER[$name] ?? '';
        return is_string($value) ? $value : '';
    }
}
